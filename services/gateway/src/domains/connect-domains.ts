import { randomUUID } from 'node:crypto';
import { type DomainCreateRequest, domainsPerAccountMax } from '@posthorn/contracts';
import { type CheckDomain, firstCheckAfterMs } from '@posthorn/domains';
import { type Clock, Fault, isFault } from '@posthorn/runtime';
import type { DkimKeyRepository, Domain, DomainRepository } from '@posthorn/store';
import { createDomainKeys, type DomainKeys } from './domain-keys.ts';
import { domainNamesOf } from './domain-names.ts';

export type ConnectDomainsDeps = Readonly<{
  domains: Pick<DomainRepository, 'insert' | 'find' | 'count' | 'change' | 'delete' | 'findNamed'>;
  dkimKeys: Pick<DkimKeyRepository, 'insert' | 'delete'>;
  check: CheckDomain;
  clock: Clock;
}>;

/** What an account's owner does with sending domains. All throw `not_found` alike for no domain and for another account's. */
export type ConnectDomains = Readonly<{
  /** Throws `conflict` for one that is there already, or one too many; a 400 for what is no domain. */
  add: (accountId: number, request: DomainCreateRequest) => Promise<Domain>;
  find: (accountId: number, id: string) => Promise<Domain>;
  /** Deletes the domain and its private keys; mail that is not signed yet will be dropped. */
  remove: (accountId: number, id: string) => Promise<void>;
  /** Looks at its records now. */
  verify: (accountId: number, id: string) => Promise<Domain>;
  /** Makes keys that take over once they are seen. Throws `conflict` while others wait for that. */
  rotate: (accountId: number, id: string) => Promise<Domain>;
}>;

/** Makes it. Private keys are stored before the domain that names them, so that none is ever named and missing. */
export function createConnectDomains({
  domains,
  dkimKeys,
  check,
  clock,
}: ConnectDomainsDeps): ConnectDomains {
  const keys = createDomainKeys({ dkimKeys, clock });
  const find: ConnectDomains['find'] = async (accountId, id) =>
    found(isId(id) ? await domains.find(accountId, id) : null);
  return {
    find,
    add: createAdd({ domains, keys, clock }),
    rotate: async (accountId, id) => rotateKeys(await find(accountId, id), { domains, keys, clock }),
    async remove(accountId, id) {
      const domain = found(isId(id) ? await domains.delete(accountId, id) : null);
      await keys.forget(domain, domain.keys);
    },
    verify: async (accountId, id) => found(await check(await find(accountId, id))),
  };
}

type ChangeDeps = Pick<ConnectDomainsDeps, 'domains' | 'clock'> & Readonly<{ keys: DomainKeys }>;

function createAdd({ domains, keys, clock }: ChangeDeps): ConnectDomains['add'] {
  return async (accountId, request) => {
    const names = domainNamesOf(request);
    if ((await domains.findNamed(accountId, [names.domain])).length > 0)
      throw new Fault('conflict', 'The account has this domain already.');
    if ((await domains.count(accountId)) >= domainsPerAccountMax)
      throw new Fault('conflict', `An account can have ${domainsPerAccountMax} domains; delete one first.`);
    const made = await keys.make({ accountId, domain: names.domain });
    const domain = newDomain({ ...names, accountId, keys: made }, clock.nowMs());
    try {
      await domains.insert(domain);
    } catch (error) {
      // Taken by another call meanwhile: these keys are nobody's.
      if (isFault(error, 'conflict')) await keys.forget(domain, made);
      throw error;
    }
    return domain;
  };
}

async function rotateKeys(domain: Domain, { domains, keys, clock }: ChangeDeps): Promise<Domain> {
  if (domain.keys.some(({ state }) => state === 'waiting'))
    throw new Fault('conflict', 'Keys of this domain are still waiting to be published.');
  const made = await keys.make(domain);
  const nowMs = clock.nowMs();
  const changed = await domains.change(domain, {
    ...{ keys: [...domain.keys, ...made], checks: domain.checks, state: domain.state },
    ...{ changedAtMs: nowMs, nextCheckAtMs: nowMs + firstCheckAfterMs },
  });
  if (changed) return changed;
  await keys.forget(domain, made);
  throw new Fault('conflict', 'The domain changed at the same time. Try again.');
}

function newDomain(
  fields: Pick<Domain, 'accountId' | 'domain' | 'returnPathHost' | 'trackingHost' | 'keys'>,
  atMs: number,
): Domain {
  return {
    id: randomUUID(),
    ...fields,
    ...{ checks: {}, state: 'pending', revision: 0 },
    ...{ createdAtMs: atMs, changedAtMs: atMs, nextCheckAtMs: atMs + firstCheckAfterMs },
  };
}

function found(domain: Domain | null): Domain {
  if (domain) return domain;
  throw new Fault('not_found', 'There is no sending domain with this id.');
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
