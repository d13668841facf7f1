export {
  type Arrival,
  breachesOf,
  lineOf,
  type Reconciliation,
  type RecordedEnd,
  type RunFacts,
  reconcile,
  undecidedOf,
} from './reconcile.ts';
export {
  openSubmissionLedger,
  readSubmissions,
  SubmissionEntry,
  type SubmissionLedger,
} from './submission-ledger.ts';
