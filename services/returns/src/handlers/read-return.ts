import { type Event, type EventsItem, type ReturnItem, returnBytesMax } from '@posthorn/contracts';
import { done, park, retryAfter, type Taken, type Verdict } from '@posthorn/queue';
import { type Clock, isFault, type Logger } from '@posthorn/runtime';
import type { SendRecord } from '@posthorn/store';
import { chooseStatus } from '../choose-status.ts';
import { deliveryOfReport } from '../delivery-of-report.ts';
import type { KeepForPostmaster } from '../keep-for-postmaster.ts';
import type { Complaint, ReadTask, RecipientStatus, Report } from '../parse/report.ts';
import {
  bounceEventOf,
  complaintEventsOf,
  newsEventOf,
  type Subject,
  statusEventOf,
} from '../return-events.ts';
import type { FindSignedSubject, SignedSubject } from '../signed-subject.ts';
import { countReturned } from '../telemetry.ts';
import type { Vouch } from '../vouch.ts';
import type { CountComplaint } from '../warmup-complaint.ts';

export type ReadReturnDeps = Readonly<{
  /** Reads a message within the limits; one that is over them is `unparsed`. */
  read: (task: ReadTask) => Promise<Report>;
  findSignedSubject: FindSignedSubject;
  vouch: Vouch;
  findSend: (accountId: number, statusId: string) => Promise<SendRecord | null>;
  /** Keeps mail for a person to read. */
  keepForPostmaster: KeepForPostmaster;
  /** Keeps what was not understood; an id that is there already stays as it is. */
  keepRaw: (id: string, bytes: Buffer) => Promise<void>;
  postAll: (items: readonly EventsItem[]) => Promise<void>;
  /** Told of each complaint, once more where a crash makes its report be read again. */
  countComplaint: CountComplaint;
  clock: Clock;
  log: Logger;
}>;

/** What follows from a message: events, a word for the log, or another try. */
type Reading = Read | Verdict;
type Read = Readonly<{
  kind: 'read';
  what: string;
  events: readonly Event[];
  statusId?: string;
  accountId?: number;
}>;

const databaseAwayMs = 5_000;
/** A report may overtake our own events; what is not recorded after a day is looked at by an operator. */
const unrecordedMsMax = 86_400_000;
const unvouchedAttemptsMax = 8;

/** Complaints (RFC 5965, section 7.3); the others are reports about authentication, or take a complaint back. */
const complaintTypes = ['abuse', 'fraud', 'virus', 'other', 'opt-out', 'opt-out-list', 'miscategorized'];

/**
 * Reads one message that came back and posts what follows from it.
 *
 * Seen twice: events have deterministic ids, so a run after a crash posts the same ones. What it names as recipient is
 * never believed: that comes from our own record, found by our own signature (row B02). Nothing is ever answered.
 */
export function createReadReturn(deps: ReadReturnDeps): (taken: Taken<ReturnItem>) => Promise<Verdict> {
  return async ({ item, attempt }) => {
    const reading = await tryRead(deps, item, attempt);
    if (reading.kind !== 'read') return reading;
    await deps.postAll(reading.events);
    await countComplaints(deps, reading.events);
    const { what, statusId, accountId } = reading;
    countReturned(1, { what });
    if (item.isForPostmaster) deps.log.info({ what, itemId: item.id }, 'mail for the postmaster');
    // What we cannot say of which send it is leaves nothing but this line and the count.
    else if (statusId === undefined)
      deps.log.warn({ what, itemId: item.id }, 'return is about no send of ours');
    else deps.log.info({ what, itemId: item.id, statusId, accountId }, 'return read');
    return done;
  };
}

/** The complaint is recorded by now; what it means for the address is not worth waiting for a database. */
async function countComplaints({ countComplaint }: ReadReturnDeps, events: readonly Event[]): Promise<void> {
  for (const event of events) {
    if (event.type !== 'SPAMREPORT') continue;
    await countComplaint(event).catch((error: unknown) => {
      if (!isFault(error, 'unavailable')) throw error;
    });
  }
}

async function tryRead(deps: ReadReturnDeps, item: ReturnItem, attempt: number): Promise<Reading> {
  try {
    if (item.isForPostmaster) return reading(`postmaster-${await deps.keepForPostmaster(item)}`, []);
    return await readReturn(deps, item, attempt);
  } catch (error) {
    if (isFault(error, 'unavailable')) return retryAfter(databaseAwayMs, 'database is away');
    throw error;
  }
}

async function readReturn(deps: ReadReturnDeps, item: ReturnItem, attempt: number): Promise<Reading> {
  const report = await deps.read({ raw: item.raw, mailFrom: item.mailFrom });
  const signed =
    item.delivery ?? (report.kind === 'complaint' ? deps.findSignedSubject(report, item) : undefined);
  if (!signed) return { kind: 'read', what: `unattributed-${report.kind}`, events: [] };
  const { statusId, accountId } = signed;
  const read = await readFor(deps, { signed, item, report, attempt });
  return read.kind === 'read' ? { ...read, statusId, accountId } : read;
}

type Case = Readonly<{ signed: SignedSubject; item: ReturnItem; report: Report; attempt: number }>;

async function readFor(deps: ReadReturnDeps, { signed, item, report, attempt }: Case): Promise<Reading> {
  const record = await deps.findSend(signed.accountId, signed.statusId);
  const found = record && deliveryOfReport(record, signed.deliveryIndex, addressesOf(report));
  if (!record || !found || found.kind === 'not-recorded') return notRecorded(deps, item, attempt);
  const subject = { record, delivery: found.delivery, item };
  if (found.kind === 'unnamed') return unparsed(deps, subject, 'it names no recipient of this mail');
  switch (report.kind) {
    case 'status': {
      const status = chooseStatus(report.recipients, found.delivery.recipient);
      return status ? readStatus(subject, status) : unparsed(deps, subject, 'it names nobody');
    }
    case 'complaint':
      return readComplaint(deps, subject, report, attempt);
    case 'auto-reply':
      return reading('auto-reply', [newsEventOf(subject, 'AUTO_REPLY', { response: report.reason })]);
    case 'unparsed':
      return unparsed(deps, subject, report.reason);
  }
}

/** One hard outcome a delivery: what comes after it is only noted (row B02). */
function readStatus(subject: Subject, status: RecipientStatus): Reading {
  if (status.action !== 'failed') return reading(status.action, [statusEventOf(subject, status)]);
  if (subject.delivery.bounced) return reading('bounced-before', []);
  return reading('bounce', [bounceEventOf(subject, status)]);
}

async function readComplaint(
  deps: ReadReturnDeps,
  subject: Subject,
  complaint: Complaint,
  attempt: number,
): Promise<Reading> {
  const { feedbackType } = complaint;
  const note = (response: string) => newsEventOf(subject, 'UNVERIFIED_COMPLAINT', { response });
  if (!complaintTypes.includes(feedbackType))
    return reading('feedback', [note(`feedback type ${feedbackType}`)]);
  const voucher = await deps.vouch(subject.item, complaint);
  if (voucher.kind === 'vouched')
    return reading('complaint', complaintEventsOf(subject, complaint, voucher.domain));
  if (voucher.kind === 'nobody') return reading('unverified-complaint', [note(voucher.reason)]);
  return attempt < unvouchedAttemptsMax
    ? retryAfter(waitMs(attempt), 'DNS does not answer')
    : reading('unverified-complaint', [note('DNS does not answer')]);
}

/** Kept once a delivery, so that whoever holds a valid address cannot fill the store. */
async function unparsed(deps: ReadReturnDeps, subject: Subject, reason: string): Promise<Reading> {
  const { record, delivery, item } = subject;
  const bytes = Buffer.from(item.raw.slice(0, returnBytesMax), 'latin1');
  await deps.keepRaw(`unparsed:${record.statusId}:${delivery.index}`, bytes);
  return reading('unparsed', [newsEventOf(subject, 'UNPARSED', { response: reason })]);
}

function notRecorded({ clock }: ReadReturnDeps, { receivedAtMs }: ReturnItem, attempt: number): Verdict {
  if (clock.nowMs() - receivedAtMs > unrecordedMsMax) return park('its send was never recorded');
  return retryAfter(waitMs(attempt), 'its send is not recorded yet');
}

/** 5 s, doubled each time, at most ten minutes. */
function waitMs(attempt: number): number {
  return Math.min(5_000 * 2 ** Math.min(attempt - 1, 10), 600_000);
}

function reading(what: string, events: readonly Event[]): Reading {
  return { kind: 'read', what, events };
}

function addressesOf(report: Report): readonly string[] {
  if (report.kind === 'complaint') return report.addresses;
  return report.kind === 'status' ? report.recipients.flatMap(({ addresses }) => addresses) : [];
}
