import { isIP } from 'node:net';
import { isInUse, isWarmingUp, type Source } from './source.ts';

/** What there is to choose from, and what for. */
export type ChoiceOf = Readonly<{
  /** Those of the pool; undefined while they are not known. */
  sources: readonly Source[] | undefined;
  canSendFrom: (address: string) => boolean;
  isElsewhere: (address: string) => boolean;
  /** Addresses of the site by family, 4 and 6, as far as they are known. */
  families: ReadonlySet<number>;
  /** Sends of one id leave from one address. */
  statusId: string;
  /** What the attempt before left from, and whether the receiver held that against it. */
  last?: Readonly<{ address: string; isBlocked: boolean }> | undefined;
  /** The last one is worth waiting for where only another dispatcher has it. */
  mayWaitForLast: boolean;
}>;

export type Choice =
  /** In the order of preference; never empty. */
  | Readonly<{ kind: 'found'; sources: readonly Source[] }>
  /** Another dispatcher should take it, which has the address of the attempt before. */
  | Readonly<{ kind: 'elsewhere'; address: string }>
  /** `empty`: the pool has no address at all. */
  | Readonly<{ kind: 'none'; reason: 'unknown' | 'empty' | 'unused' | 'unbound' }>;

/**
 * Chooses what to send from: the address of the attempt before (row F19), or another one where a receiver blames that; else by
 * a hash of the send and each address, so that a change of the pool moves only what must move (rendezvous hashing).
 */
export function chooseSources(of: ChoiceOf): Choice {
  const { sources, last, canSendFrom } = of;
  if (!sources) return { kind: 'none', reason: 'unknown' };
  if (sources.length === 0) return { kind: 'none', reason: 'empty' };
  const inUse = sources.filter(isInUse);
  if (inUse.length === 0) return { kind: 'none', reason: 'unused' };

  const isKept = last && !last.isBlocked && inUse.some(({ address }) => address === last.address);
  if (isKept && !canSendFrom(last.address) && of.isElsewhere(last.address) && of.mayWaitForLast) {
    return { kind: 'elsewhere', address: last.address };
  }
  const bound = inUse.filter(({ address }) => canSendFrom(address));
  if (bound.length === 0) return { kind: 'none', reason: 'unbound' };
  return { kind: 'found', sources: inOrder(bound, of) };
}

function inOrder(bound: readonly Source[], { families, statusId, last }: ChoiceOf): readonly Source[] {
  const reaching = bound.filter(({ address }) => families.has(isIP(address)));
  const fit = reaching.length > 0 ? reaching : bound;
  const others = fit.filter(({ address }) => address !== last?.address);
  const ranked = rank(last?.isBlocked && others.length > 0 ? others : fit, statusId);
  const first = ranked.find(({ address }) => !last?.isBlocked && address === last?.address) ?? ranked[0];
  const rest = ranked.filter((source) => source !== first);
  // What the first one's plan has no room for goes to one without a plan before it uses up another's.
  const [warming, warm] = [rest.filter(isWarmingUp), rest.filter((source) => !isWarmingUp(source))];
  return [...(first ? [first] : []), ...warm, ...warming];
}

function rank(sources: readonly Source[], statusId: string): Source[] {
  return sources
    .map((source) => ({ source, score: scoreOf(`${statusId} ${source.address}`) }))
    .sort((a, b) => b.score - a.score)
    .map(({ source }) => source);
}

/** A number from 0 to 2^32 that any change of the text changes wholly: FNV-1a, mixed as MurmurHash3 does at its end. */
function scoreOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
