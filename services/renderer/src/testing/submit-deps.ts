import type { EventsItem } from '@posthorn/contracts';
import { createFakeClock, Fault, silentLogger } from '@posthorn/runtime';
import type { RenderAccount } from '../account-scope.ts';
import { createClaimGate } from '../claim-gate.ts';
import { createContacts } from '../contacts.ts';
import { acceptedAtMs, account, keyring, shopKeys } from '../fixture.ts';
import type { SubmitDeps } from '../handlers/submit.ts';
import { createRefuseSuppressed } from '../refuse-suppressed.ts';
import { createPrepareSubmission } from '../submitted/prepare-submission.ts';
import { createWriteOnThreads, type RunSubmittedTask } from '../submitted/write-on-threads.ts';
import type { SigningKey } from '../work/render-task.ts';
import { createWriteCopies } from '../work/write-copies.ts';
import { createMemoryClaims } from './memory-claims.ts';

/** What is not as usual. */
export type Given = {
  account?: RenderAccount | null;
  keys?: readonly SigningKey[] | Fault;
  /** Addresses on the list of suppressions. */
  listed?: Readonly<Record<string, Readonly<{ bounce?: object; complaint?: object; manual?: object }>>>;
  /** Properties of every stored contact. */
  stored?: Readonly<Record<string, string>>;
  contactsAway?: boolean;
  isTooSlow?: (isHeaderOnly: boolean, raw: string) => boolean;
  run?: RunSubmittedTask;
  eventsFail?: boolean;
};

/** What the handler of submitted messages is made of, with fakes at its ports that note what they got. */
export function fakeSubmitDeps(given: Given = {}) {
  const { account: own = account, keys = shopKeys, listed = {}, isTooSlow = () => false } = given;
  const reported: EventsItem[] = [];
  const written: string[] = [];
  const writeCopies = createWriteCopies({ keyring, trackingUrl: 'https://t.test' });
  const run: RunSubmittedTask = async (task) =>
    task.messages.some(({ isHeaderOnly, raw }) => isTooSlow(isHeaderOnly, raw))
      ? { kind: 'overran' }
      : { kind: 'done', result: writeCopies(task) };

  const deps: Omit<SubmitDeps, 'dispatch'> = {
    claimGate: createClaimGate(createMemoryClaims()),
    prepareSubmission: createPrepareSubmission({
      accounts: { get: async () => own },
      senders: {
        find: async (_, domain) => {
          if (keys instanceof Fault) throw keys;
          return domain === 'shop.test' ? { keys } : null;
        },
      },
      ...{ random: () => 0.5, log: silentLogger },
    }),
    refuseSuppressed: createRefuseSuppressed({
      findSuppressed: async () =>
        new Map(Object.entries(listed).map(([email, origins]) => [email, { origins }])),
      random: () => 0.5,
    }),
    contacts: createContacts({
      findMany: async (_, emails) => new Map(emails.map((email) => [email, given.stored ?? {}])),
      upsertMany: async (writes) => {
        if (given.contactsAway) throw new Fault('unavailable', 'away');
        written.push(...writes.map(({ email }) => email));
      },
    }),
    writeOnThreads: createWriteOnThreads({ run: given.run ?? run, cpuMs: 250, log: silentLogger }),
    events: {
      postAll: async (items) => {
        if (given.eventsFail && items.length > 0) throw new Fault('unavailable', 'away');
        reported.push(...items);
      },
    },
    options: { keyring, returnPathHost: 'bounces.shop.test', maxAgeMs: 1_000_000 },
    ...{ clock: createFakeClock(acceptedAtMs + 5), log: silentLogger },
  };
  return { deps, reported, written };
}
