import type { Begin, IdempotencyStore } from '../idempotency/idempotency-store.ts';

/** For tests: does what the Lua of the real one does, which Redis too runs in one go. */
export function createFakeIdempotency(requireRedis: () => void): IdempotencyStore {
  const records = new Map<string, Begin>();
  const owners = new Map<string, string>();
  return {
    begin: async (key, owner, begun) => {
      requireRedis();
      const known = records.get(key);
      if (known?.kind === 'answered') return known;
      if (known && owners.has(key)) return { kind: 'busy', requestHash: known.requestHash };
      const mine: Begin = known ?? { kind: 'mine', ...begun };
      records.set(key, mine);
      if (mine.requestHash === begun.requestHash) owners.set(key, owner);
      return mine;
    },
    finish: async (key, _owner, { requestHash }, answer) => {
      records.set(key, { kind: 'answered', requestHash, answer });
      owners.delete(key);
    },
    release: async (key) => void owners.delete(key),
  };
}
