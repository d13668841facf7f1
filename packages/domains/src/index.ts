export { applyFindings, type CheckPolicy, type Findings } from './apply-findings.ts';
export { type CheckDomain, type CheckDomainDeps, createCheckDomain } from './check-domain.ts';
export { firstCheckAfterMs } from './check-schedule.ts';
export { createDnsLookup, type DnsAnswer, type DnsLookup, type LookupType } from './dns-lookup.ts';
export { type ExpectedRecord, expectedRecords } from './expected-records.ts';
export { makeKeys, type NewKeys, selectorLength } from './new-keys.ts';
export {
  canSend,
  chooseDomain,
  coveringNames,
  signingSelectors,
  usableReturnPathHost,
  usableTrackingHost,
} from './sending.ts';
export { type DomainSettings, domainEnv, domainSettingsOf, type Installation } from './settings.ts';
export { createTrackingProbe, type TrackingProbe } from './tracking-probe.ts';
