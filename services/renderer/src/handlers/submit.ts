import { crc32 } from 'node:zlib';
import type { ContactWrite, DispatchItem, EventsItem, SubmissionItem } from '@posthorn/contracts';
import {
  type BagContext,
  type BagHandler,
  done,
  type Postbox,
  park,
  retryAfter,
  type Taken,
  type Verdict,
} from '@posthorn/queue';
import { type Clock, currentTraceParent, type Logger, withSpan } from '@posthorn/runtime';
import type { ClaimGate } from '../claim-gate.ts';
import type { Contacts } from '../contacts.ts';
import { type Drop, drop, type Outcome, type Wait } from '../outcome.ts';
import type { PoolBoxes } from '../pool-boxes.ts';
import { unreadableKeyWait } from '../prepare-send.ts';
import type { RefuseSuppressed } from '../refuse-suppressed.ts';
import type { DispatchOptions } from '../send-events.ts';
import { addressedSendsOf, type Judged, judgeSubmissions } from '../submitted/judge-submissions.ts';
import { type Portion, portionsOf, type ReadySubmission, type Share } from '../submitted/portions.ts';
import type { PrepareSubmission } from '../submitted/prepare-submission.ts';
import {
  type Moment,
  submittedDispatchItems,
  submittedDroppedEvent,
  submittedSentEvents,
  type Written,
} from '../submitted/submitted-events.ts';
import { taskOfShares } from '../submitted/task-of-shares.ts';
import type { WriteOnThreads, WriteResult } from '../submitted/write-on-threads.ts';
import { countOutcome } from '../telemetry.ts';

export type SubmitDeps = Readonly<{
  claimGate: ClaimGate;
  prepareSubmission: PrepareSubmission;
  refuseSuppressed: RefuseSuppressed;
  contacts: Pick<Contacts, 'write'>;
  writeOnThreads: WriteOnThreads;
  events: { postAll: (items: readonly EventsItem[]) => Promise<void> };
  dispatch: Pick<PoolBoxes, 'of'>;
  options: DispatchOptions;
  clock: Clock;
  log: Logger;
}>;

/**
 * Turns the submitted messages of one bag into a tracked rendition for each To recipient and an untracked one for Cc and
 * Bcc, and posts them to the lanes of their accounts' pools; or drops sends with a reason.
 *
 * A portion at a time, so that a bag of large messages is never in memory whole: its events first, its dispatch bag last.
 * Once that is on disk its messages count as done; a message of several portions is done with its last one. A message seen
 * again after a crash has the same claim, the same portions, bytes and event ids, so nothing doubles. What throws (Redis is
 * away) sends the bag round again.
 */
export function createSubmit(deps: SubmitDeps): BagHandler<SubmissionItem> {
  const { claimGate, events, clock, log } = deps;

  return async function submit(items, ctx) {
    const startedAtMs = clock.nowMs();
    const momentNow = (): Moment => ({ startedAtMs, atMs: clock.nowMs() });
    const refused = await claimGate.enter(items.map(asClaimed));
    const judged = await judgeSubmissions(deps, items, refused);
    const contactWrites = await writeContacts(deps, judged);

    const moment = momentNow();
    await events.postAll([...contactWrites, ...judged.flatMap((one) => dropEventsOf(one, moment))]);
    const failed = judged.filter((one) => isAllDropped(one) && !refused.has(one.taken.id));
    await claimGate.fail(failed.map(({ taken }) => asClaimed(taken)));
    for (const one of judged) note(one, log);

    const verdicts = new Map(judged.map(({ taken, outcome }) => [taken.id, verdictOf(outcome)]));
    const ready = judged.flatMap(({ outcome }) => ('leaving' in outcome ? [outcome] : []));
    for (const portion of portionsOf(ready)) {
      if (portion.shares.some(({ ready: { id } }) => verdicts.get(id) !== done)) continue;
      for (const [id, verdict] of await sendPortion(deps, portion, { ctx, moment: momentNow() }))
        verdicts.set(id, verdict);
    }
    return verdicts;
  };
}

/** Writes, reports and posts one portion. Returns the verdicts of messages that have another than `done`. */
async function sendPortion(
  { writeOnThreads, events, dispatch, options, log }: SubmitDeps,
  { pool, shares, slice }: Portion,
  { ctx, moment }: { ctx: BagContext; moment: Moment },
): Promise<Map<string, Verdict>> {
  const results = await writeShares(shares, writeOnThreads);
  const verdicts = new Map<string, Verdict>();
  const reports: EventsItem[] = [];
  const items: DispatchItem[] = [];
  const sources: string[] = [];
  for (const [index, share] of shares.entries()) {
    const outcome = outcomeOf(results[index] ?? { kind: 'threw', reason: 'no result' });
    const { item } = share.ready.submission;
    countSends(share, outcome);
    if (outcome.kind === 'written') {
      reports.push(...submittedSentEvents(share, outcome, moment));
      items.push(...submittedDispatchItems(share, outcome, options));
      sources.push(share.ready.id);
    } else if (outcome.kind === 'drop') {
      reports.push(...share.sends.map((send) => submittedDroppedEvent(item, send, outcome, moment)));
    } else verdicts.set(share.ready.id, verdictOf(outcome));
    if (outcome.kind === 'bug')
      log.error({ statusId: item.id, accountId: item.accountId, reason: outcome.reason }, 'message threw');
  }
  await events.postAll(reports);
  const box = slice ? sliceBox(dispatch.of(pool), shares, slice.index) : dispatch.of(pool);
  await ctx.postNext(box, items, sources, { isFinal: slice?.isLast ?? true });
  return verdicts;
}

type ShareOutcome = (Written & { kind: 'written' }) | Drop | Wait | { kind: 'bug'; reason: string };

async function writeShares(
  shares: readonly Share[],
  writeOnThreads: WriteOnThreads,
): Promise<(WriteResult & { trace?: string | undefined })[]> {
  const written = writeOnThreads(taskOfShares(shares));
  return Promise.all(
    shares.map(async ({ ready }, index) => {
      const result = async () => (await written)[index] ?? { kind: 'threw' as const, reason: 'no result' };
      const { trace: parent, accountId, emailId } = ready.submission.item;
      if (parent === undefined) return result();
      return withSpan('write copies', { parent, attributes: { accountId, emailId } }, async () => {
        return { ...(await result()), trace: currentTraceParent() ?? parent };
      });
    }),
  );
}

/** The ids of slices differ by what leaves in them: where that changed since a crash, a copy is sent twice and none is lost. */
function sliceBox(
  box: Postbox<DispatchItem>,
  shares: readonly Share[],
  index: number,
): Postbox<DispatchItem> {
  const { derived } = box;
  if (!derived) return box;
  const leaving = crc32(shares.flatMap(({ sends }) => sends.map(({ statusId }) => statusId)).join());
  return { ...box, derived: (bagId, ...parts) => derived(bagId, ...parts, index, leaving) };
}

/** Recipients become contacts where the token says so; those that are some already are found by their address. */
async function writeContacts({ contacts }: SubmitDeps, judged: readonly Judged[]): Promise<ContactWrite[]> {
  const sends = judged.flatMap(({ outcome, taken }) => {
    if (!('leaving' in outcome) || !taken.item.createContact) return [];
    return addressedSendsOf(outcome.submission).filter(({ item }) => outcome.leaving.has(item.statusId));
  });
  return contacts.write(sends);
}

/** The claim is the message's, under its first send. */
function asClaimed({ item, ...taken }: Taken<SubmissionItem>) {
  const { accountId, id: statusId, requestKey } = item;
  return { ...taken, item: { accountId, statusId, ...(requestKey !== undefined && { requestKey }) } };
}

function isAllDropped({ outcome }: Judged): boolean {
  return 'leaving' in outcome ? outcome.leaving.size === 0 : outcome.kind === 'drop';
}

function dropEventsOf({ taken, outcome, drops }: Judged, moment: Moment): EventsItem[] {
  const { item } = taken;
  const all =
    !('leaving' in outcome) && outcome.kind === 'drop'
      ? item.sends.map((send) => ({ send, drop: outcome }))
      : drops;
  return all.map(({ send, drop: dropped }) => submittedDroppedEvent(item, send, dropped, moment));
}

function outcomeOf(result: WriteResult & { trace?: string | undefined }): ShareOutcome {
  switch (result.kind) {
    case 'written':
      return result;
    case 'key-unreadable':
      return unreadableKeyWait;
    case 'killed':
      return drop('CORRUPT_INPUT', `The message could not be processed: ${result.reason}.`);
    case 'threw':
      return { kind: 'bug', reason: result.reason };
  }
}

function verdictOf(outcome: Outcome | ReadySubmission | ShareOutcome): Verdict {
  if ('leaving' in outcome) return done;
  if (outcome.kind === 'wait') return retryAfter(outcome.delayMs, outcome.reason);
  return outcome.kind === 'bug' ? park('writing its copies threw') : done;
}

function countSends({ sends }: Share, outcome: ShareOutcome): void {
  const name =
    outcome.kind === 'drop' ? outcome.reason : outcome.kind === 'written' ? 'rendered' : outcome.kind;
  for (const _ of sends) countOutcome(name);
}

function note({ taken, outcome, drops }: Judged, log: Logger): void {
  const { id: statusId, accountId, emailId, sends } = taken.item;
  for (const { drop: dropped } of drops) countOutcome(dropped.reason);
  if ('leaving' in outcome) return;
  for (const _ of sends) countOutcome(outcome.kind === 'drop' ? outcome.reason : outcome.kind);
  if (outcome.kind === 'drop')
    log.info({ statusId, accountId, emailId, reason: outcome.reason }, 'message dropped');
  else if (outcome.kind === 'wait')
    log.warn({ statusId, accountId, emailId, reason: outcome.reason }, 'message waits');
}
