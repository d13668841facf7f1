import type { SubmissionItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import { type Drop, drop, type Outcome, type Wait } from '../outcome.ts';
import type { RefuseSuppressed } from '../refuse-suppressed.ts';
import type { ReadySubmission } from './portions.ts';
import type { PreparedSubmission, PrepareSubmission } from './prepare-submission.ts';

/** What became of a message before anything of it was written: all of it, or some of its sends. */
export type Judged = Readonly<{
  taken: Taken<SubmissionItem>;
  outcome: Outcome | ReadySubmission;
  drops: DroppedSend[];
}>;
export type DroppedSend = Readonly<{ send: { statusId: string; to: string }; drop: Drop }>;

/** Decides about a bag's messages: which go on, which wait, and which sends are dropped. `refused` is what was decided before. */
export async function judgeSubmissions(
  deps: { prepareSubmission: PrepareSubmission; refuseSuppressed: RefuseSuppressed },
  items: readonly Taken<SubmissionItem>[],
  refused: ReadonlyMap<string, Outcome>,
): Promise<Judged[]> {
  const looked = await Promise.all(
    items.map(async (taken) => ({
      taken,
      result: refused.get(taken.id) ?? (await deps.prepareSubmission(taken.item)),
    })),
  );
  const prepared = looked.flatMap(({ result }) => (result.kind === 'prepared' ? [result] : []));
  const bounced = await deps.refuseSuppressed(prepared.flatMap(addressedSendsOf));
  return looked.map(({ taken, result }) =>
    result.kind === 'prepared' ? judgeSends(taken, result, bounced) : { taken, outcome: result, drops: [] },
  );
}

function judgeSends(
  taken: Taken<SubmissionItem>,
  submission: PreparedSubmission,
  bounced: ReadonlyMap<string, Drop | Wait>,
): Judged {
  const drops: DroppedSend[] = [];
  for (const send of submission.sends) {
    const refusal = send.mailbox
      ? bounced.get(send.statusId)
      : drop('INVALID_TO_ADDRESS', 'to is not an email address.');
    if (refusal?.kind === 'wait') return { taken, outcome: refusal, drops: [] };
    if (refusal) drops.push({ send, drop: refusal });
  }
  const dropped = new Set(drops.map(({ send }) => send.statusId));
  const leaving = new Set(submission.sends.map(({ statusId }) => statusId)).difference(dropped);
  return { taken, outcome: { id: taken.id, submission, leaving }, drops };
}

/** The sends of a message as the lookups of addresses take them. */
export function addressedSendsOf({ item, account, sends }: PreparedSubmission) {
  return sends.flatMap(({ statusId, mailbox }) =>
    mailbox
      ? [{ item: { ...item, statusId, contactProperties: {} }, envelope: { to: mailbox }, account }]
      : [],
  );
}
