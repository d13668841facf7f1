import type { SinkServerBehaviour } from '@posthorn/testing';

/** What our side may do to one site from one address, as its shaping rules say. */
export type SiteLimits = Readonly<{
  connectionsMax: number;
  messagesPerConnectionMax: number;
  ratePerSecond: number;
  burst: number;
}>;

/** One receiver of the run: how it treats us, how many domains it serves, and what it lets us do. */
export type Temper = Readonly<{
  name: string;
  behaviour: SinkServerBehaviour;
  /** Of each twenty domains. */
  share: number;
  limits: SiteLimits;
  /** Demands TLS by MTA-STS and shows a certificate of another name, so nothing may ever arrive. */
  isMistaken?: true;
}>;

/** Receivers as they are met: most are friendly, and the others each in a way of their own. */
export const tempers: readonly Temper[] = [
  {
    name: 'fast',
    behaviour: {},
    share: 7,
    limits: { connectionsMax: 8, messagesPerConnectionMax: 100, ratePerSecond: 60, burst: 60 },
  },
  {
    name: 'greylisting',
    behaviour: { greylistMs: 3_000 },
    share: 4,
    limits: { connectionsMax: 6, messagesPerConnectionMax: 50, ratePerSecond: 50, burst: 50 },
  },
  {
    name: 'impatient',
    behaviour: { messagesMax: 20 },
    share: 3,
    limits: { connectionsMax: 4, messagesPerConnectionMax: 20, ratePerSecond: 30, burst: 30 },
  },
  {
    name: 'slow',
    behaviour: { dotDelayMs: 300 },
    share: 2,
    limits: { connectionsMax: 10, messagesPerConnectionMax: 100, ratePerSecond: 30, burst: 30 },
  },
  {
    name: 'refusing',
    behaviour: { deferPercent: 30 },
    share: 3,
    limits: { connectionsMax: 5, messagesPerConnectionMax: 50, ratePerSecond: 40, burst: 40 },
  },
  {
    name: 'mistaken',
    behaviour: {},
    share: 1,
    limits: { connectionsMax: 3, messagesPerConnectionMax: 50, ratePerSecond: 30, burst: 30 },
    isMistaken: true,
  },
];

/** The name that a receiver's domains give as their mail host, and so its site. */
export function mailHostOf({ name }: Temper): string {
  return `mx.${name}.example`;
}

/** The domains of each receiver, `count` in all; a receiver has at least one. */
export function domainsOf(count: number): ReadonlyMap<Temper, readonly string[]> {
  return new Map(
    tempers.map((temper) => {
      const own = Math.max(1, Math.round((count * temper.share) / 20));
      return [temper, Array.from({ length: own }, (_, at) => `d${at + 1}.${temper.name}.test`)];
    }),
  );
}
