import type { EventsItem, SendItem } from '@posthorn/contracts';
import {
  type BagContext,
  type BagHandler,
  done,
  park,
  retryAfter,
  type Taken,
  type Verdict,
} from '@posthorn/queue';
import type { Clock, Logger } from '@posthorn/runtime';
import type { ClaimGate } from '../claim-gate.ts';
import type { Outcome } from '../outcome.ts';
import type { PoolBoxes } from '../pool-boxes.ts';
import type { RenderBag } from '../render-bag.ts';
import { type DispatchOptions, dispatchItemsOf, droppedEventOf, sentEventOf } from '../send-events.ts';
import { countOutcome } from '../telemetry.ts';

export type RenderDeps = Readonly<{
  claimGate: ClaimGate;
  renderBag: RenderBag;
  events: { postAll: (items: readonly EventsItem[]) => Promise<void> };
  dispatch: Pick<PoolBoxes, 'of'>;
  options: DispatchOptions;
  clock: Clock;
  log: Logger;
}>;

/**
 * Turns the sends of one bag into renditions and posts them to the lanes of their pools, or drops them with a reason.
 *
 * Events go first, the dispatch bags last: once one is on disk its sends count as done, also when this process ends
 * before it settled them. A send seen again after a crash has the same claim, the same bytes and the same event ids,
 * so nothing doubles. What throws (Redis is away) sends the bag round again.
 */
export function createRender({
  claimGate,
  renderBag,
  events,
  dispatch,
  options,
  clock,
  log,
}: RenderDeps): BagHandler<SendItem> {
  return async function render(items, ctx) {
    const startedAtMs = clock.nowMs();
    const refused = await claimGate.enter(items);
    const open = items.filter(({ id }) => !refused.has(id));
    const { outcomes: rendered, contactWrites } = await renderBag(open.map(({ item }) => item));
    const outcomes = items.map((taken) => ({
      taken,
      outcome: refused.get(taken.id) ?? rendered.get(taken.item.statusId) ?? lost,
    }));

    const moment = { startedAtMs, atMs: clock.nowMs() };
    await events.postAll([
      ...contactWrites,
      ...outcomes.flatMap(({ taken, outcome }) => eventsOf(taken.item, outcome, moment)),
    ]);
    await claimGate.fail(open.filter(({ item }) => rendered.get(item.statusId)?.kind === 'drop'));
    for (const { taken, outcome } of outcomes) note(taken, outcome, log);
    await postRendered(outcomes, ctx);
    return new Map(outcomes.map(({ taken, outcome }) => [taken.id, verdictOf(outcome)]));
  };

  async function postRendered(
    outcomes: readonly { taken: Taken<SendItem>; outcome: Outcome }[],
    ctx: BagContext,
  ): Promise<void> {
    const next = outcomes.flatMap(({ taken, outcome }) =>
      outcome.kind === 'rendered'
        ? [{ id: taken.id, pool: outcome.pool, items: dispatchItemsOf(taken.item, outcome, options) }]
        : [],
    );
    for (const [pool, sends] of Map.groupBy(next, (send) => send.pool))
      await ctx.postNext(
        dispatch.of(pool),
        sends.flatMap(({ items }) => items),
        sends.map(({ id }) => id),
      );
  }
}

const lost: Outcome = { kind: 'bug', reason: 'no outcome' };

function eventsOf(
  item: SendItem,
  outcome: Outcome,
  moment: { startedAtMs: number; atMs: number },
): EventsItem[] {
  if (outcome.kind === 'rendered') return [sentEventOf(item, outcome, moment)];
  return outcome.kind === 'drop' ? [droppedEventOf(item, outcome, moment)] : [];
}

function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind === 'wait') return retryAfter(outcome.delayMs, outcome.reason);
  return outcome.kind === 'bug' ? park('rendering it threw') : done;
}

function note({ item }: Taken<SendItem>, outcome: Outcome, log: Logger): void {
  const { statusId, accountId, emailId } = item;
  countOutcome(outcome.kind === 'drop' ? outcome.reason : outcome.kind);
  if (outcome.kind === 'bug')
    log.error({ statusId, accountId, emailId, reason: outcome.reason }, 'rendering threw');
  else if (outcome.kind === 'drop')
    log.info({ statusId, accountId, emailId, reason: outcome.reason }, 'send dropped');
  else if (outcome.kind === 'wait')
    log.warn({ statusId, accountId, emailId, reason: outcome.reason }, 'send waits');
}
