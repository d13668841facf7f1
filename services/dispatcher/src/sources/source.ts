import type { IpState, Socks5 } from '@posthorn/store';

/** An address that a pool's mail leaves from. */
export type Source = Readonly<{
  /** Normalised text: `192.0.2.1`, `2001:db8::1`. */
  address: string;
  /** What is said in EHLO from it. */
  ehloName: string;
  /** The server on the host where the address lives; without one it is bound here. */
  socks5?: Socks5;
  state: IpState;
  warmup: 'plan' | 'skip';
}>;

/** A source and the pool that has it. */
export type PooledSource = Source & Readonly<{ pool: string }>;

/** Whether mail may leave from it, wherever it can be bound. */
export function isInUse({ state, socks5 }: Source): boolean {
  return (state === 'warming' || state === 'active') && socks5?.isLocked !== true;
}

/** Whether its mail is counted against a plan: also when it is warm, since to a provider that it is new to, or after 30 days, it is not. */
export function hasPlan({ warmup }: Source): boolean {
  return warmup === 'plan';
}

/** Whether it is likely to be held up by its plan, which may be used up for today. */
export function isWarmingUp(source: Source): boolean {
  return source.state === 'warming' && hasPlan(source);
}
