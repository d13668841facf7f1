import { makeKeys } from '@posthorn/domains';
import type { Clock } from '@posthorn/runtime';
import type { DkimKeyRepository, Domain, DomainKey } from '@posthorn/store';

/** The private halves of domains' keys. */
export type DomainKeys = Readonly<{
  /** Makes a pair for a domain, stores what is private of it and returns what is public. */
  make: (owner: Pick<Domain, 'accountId' | 'domain'>) => Promise<readonly DomainKey[]>;
  /** Deletes what is private of keys. */
  forget: (owner: Pick<Domain, 'accountId' | 'domain'>, keys: readonly DomainKey[]) => Promise<void>;
}>;

/** Makes it. Pairs are made one at a time: an RSA key takes a core for a tenth of a second, and asking for one costs nothing. */
export function createDomainKeys({
  dkimKeys,
  clock,
}: {
  dkimKeys: Pick<DkimKeyRepository, 'insert' | 'delete'>;
  clock: Clock;
}): DomainKeys {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async make({ accountId, domain }) {
      const making = last.then(() => makeKeys(clock.nowMs()));
      last = making.catch(() => undefined);
      const { keys, secrets } = await making;
      for (const secret of secrets)
        await dkimKeys.insert({ ...secret, accountId, domain, createdAtMs: clock.nowMs() });
      return keys;
    },
    forget: ({ accountId, domain }, keys) =>
      dkimKeys.delete(
        accountId,
        domain,
        keys.map(({ selector }) => selector),
      ),
  };
}
