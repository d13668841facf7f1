import type { ContactWrite, SendItem } from '@posthorn/contracts';
import { currentTraceParent, type WeightGate, withSpan } from '@posthorn/runtime';
import { accountScopeOf } from './account-scope.ts';
import type { Contacts, Properties } from './contacts.ts';
import { type Drop, drop, type Outcome, type Wait } from './outcome.ts';
import { poolOf } from './pool-boxes.ts';
import { databaseWait, type PreparedSend, unreadableKeyWait } from './prepare-send.ts';
import type { RefuseSuppressed } from './refuse-suppressed.ts';
import type { BatchResult, RenderBatches } from './render-batches.ts';
import type { RenderSend, RenderTask } from './work/render-task.ts';

export type RenderBagDeps = Readonly<{
  prepareSend: (item: SendItem) => Promise<PreparedSend | Drop | Wait>;
  refuseSuppressed: RefuseSuppressed;
  contacts: Contacts;
  renderBatches: RenderBatches;
  /** Passed by each bag, of weight 1, for as long as it is rendered: renditions are large, and those of bags that wait would only lie there. */
  renderGate: WeightGate;
  random: () => number;
}>;

/** Renders sends; outcomes by statusId, and contact writes that have to take the way over the events lane. */
export type RenderBag = (
  items: readonly SendItem[],
) => Promise<{ outcomes: ReadonlyMap<string, Outcome>; contactWrites: readonly ContactWrite[] }>;

/** Makes what turns a bag's sends into outcomes: look up, merge contacts, render on the threads. */
export function createRenderBag({
  prepareSend,
  refuseSuppressed,
  contacts,
  renderBatches,
  renderGate,
  random,
}: RenderBagDeps): RenderBag {
  return async (items) => {
    const looked = await Promise.all(items.map(prepareSend));
    const known = looked.filter((result) => result.kind === 'prepared');
    const outcomes = new Map<string, Outcome>(await refuseSuppressed(known));
    const prepared = known.filter(({ item }) => !outcomes.has(item.statusId));
    for (const [index, { statusId }] of items.entries()) {
      const result = looked[index];
      if (result && result.kind !== 'prepared') outcomes.set(statusId, result);
    }

    const [contactWrites, rendered] = await Promise.all([
      contacts.write(prepared),
      renderGate(1, () => mergeAndRender(prepared)),
    ]);
    for (const [statusId, outcome] of rendered) outcomes.set(statusId, outcome);
    return { outcomes, contactWrites };
  };

  async function mergeAndRender(prepared: readonly PreparedSend[]): Promise<[string, Outcome][]> {
    const merged = await contacts.merge(prepared);
    const waiting: [string, Outcome][] = [];
    const ready: ReadySend[] = [];
    for (const [index, send] of prepared.entries()) {
      const contact = merged[index];
      if (contact) ready.push({ ...send, contact });
      else waiting.push([send.item.statusId, databaseWait(random)]);
    }
    return [...waiting, ...(await renderReady(ready))];
  }

  async function renderReady(sends: readonly ReadySend[]): Promise<[string, Outcome][]> {
    const results = renderBatches(taskOf(sends));
    return Promise.all(
      sends.map(async (send, index): Promise<[string, Outcome]> => {
        const result = results[index];
        if (!result) throw new Error('the batches lost a send');
        return [send.item.statusId, await traced(send, result)];
      }),
    );
  }
}

type ReadySend = PreparedSend & { contact: Properties };

/** A send that was accepted within a trace has a span of its own here; the bag's span is the queue's. */
async function traced(send: ReadySend, result: Promise<BatchResult>): Promise<Outcome> {
  const { trace: parent, accountId, emailId } = send.item;
  if (parent === undefined) return outcomeOf(send, await result);
  return withSpan('render send', { parent, attributes: { accountId, emailId } }, async () => {
    return outcomeOf(send, await result, currentTraceParent() ?? parent);
  });
}

function taskOf(sends: readonly ReadySend[]): RenderTask {
  return {
    versions: Object.fromEntries(sends.map(({ versionKey, version }) => [versionKey, version])),
    keys: Object.fromEntries(sends.map((send) => [signWithOf(send), send.sender.keys])),
    accounts: Object.fromEntries(sends.map(({ account }) => [account.accountId, accountScopeOf(account)])),
    sends: sends.map(renderSendOf),
  };
}

function signWithOf({ item, from }: PreparedSend): string {
  return `${item.accountId}:${from.domain}`;
}

function renderSendOf(send: ReadySend): RenderSend {
  const { item, envelope, from, versionKey, contact, sender } = send;
  const { statusId, accountId, emailId, acceptedAtMs, customProperties: custom, attachments } = item;
  const { to, cc, replyTo, copies } = envelope;
  return {
    ...{ statusId, accountId, emailId, acceptedAtMs, versionKey, signWith: signWithOf(send) },
    ...{ to, cc, from, replyTo, contact, custom, attachments, needsUntracked: copies.length > 0 },
    ...(sender.trackingUrl !== undefined && { trackingUrl: sender.trackingUrl }),
  };
}

/** A send whose template ended a thread a moment ago waits for its turn, since such are tried one at a time. */
const suspectWait: Wait = { kind: 'wait', delayMs: 2_000, reason: 'its template is tried alone' };

/** Most properties that a drop's message names. */
const namedMax = 20;

function outcomeOf(
  { envelope, account, version, sender }: ReadySend,
  result: BatchResult,
  trace?: string,
): Outcome {
  switch (result.kind) {
    case 'rendered':
      return {
        ...{ ...result, envelope, onAmbiguous: account.settings.onAmbiguous, trace },
        returnPathHost: sender.returnPathHost,
        pool: poolOf(version, account),
      };
    case 'missing':
      return drop(
        'MISSING_TEMPLATE_PROPERTIES',
        `The template needs: ${result.properties.slice(0, namedMax).join(', ')}.`,
      );
    case 'failed':
      return drop('TEMPLATE_RENDER_EXCEPTION', `The template could not be rendered: ${result.reason}.`);
    case 'limit':
      return drop(
        'TEMPLATE_RENDER_EXCEPTION',
        'The template could not be rendered: it takes too many steps or grows too large.',
      );
    case 'killed':
      return drop('TEMPLATE_RENDER_EXCEPTION', `The template could not be rendered: ${result.reason}.`);
    case 'put-off':
      return suspectWait;
    case 'key-unreadable':
      return unreadableKeyWait;
    case 'threw':
      return { kind: 'bug', reason: result.reason };
  }
}
