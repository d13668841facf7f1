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

/** Whether it is held to a plan, which may be used up for today. */
export function isWarmingUp({ state, warmup }: Source): boolean {
  return state === 'warming' && warmup === 'plan';
}
