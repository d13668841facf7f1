import type { SinkConnectionChange, SmtpSinkOptions } from '@posthorn/testing';

/** What one source address did at one receiver, as the receiver saw it. */
export type SeenFromAddress = Readonly<{
  ip: string;
  accepted: number;
  connections: number;
  /** Most at one moment. */
  connectionsMax: number;
  messagesPerConnectionMax: number;
  /** Most messages accepted within any ten seconds. */
  inTenSecondsMax: number;
}>;

/** Watches one sink. Everything it says is counted at the receiver, nothing is taken from the sender's word. */
export type SinkAudit = Readonly<{
  options: Pick<SmtpSinkOptions, 'onAccepted' | 'onConnection'>;
  seen(): SeenFromAddress[];
  /** Source addresses by the `statusId` in the Message-ID; one entry for each final dot. */
  arrivals: ReadonlyMap<string, readonly string[]>;
}>;

type Tally = {
  accepted: number;
  connections: number;
  open: number;
  connectionsMax: number;
  perConnection: Map<number, number>;
  dots: number[];
};

const windowMs = 10_000;

export function createSinkAudit(): SinkAudit {
  const tallies = new Map<string, Tally>();
  const arrivals = new Map<string, string[]>();

  function tallyOf(ip: string): Tally {
    const known = tallies.get(ip);
    if (known) return known;
    const made: Tally = {
      ...{ accepted: 0, connections: 0, open: 0, connectionsMax: 0 },
      ...{ perConnection: new Map(), dots: [] },
    };
    tallies.set(ip, made);
    return made;
  }

  function onConnection({ kind, ip }: SinkConnectionChange): void {
    const tally = tallyOf(ip);
    tally.open += kind === 'open' ? 1 : -1;
    if (kind === 'open') tally.connections += 1;
    tally.connectionsMax = Math.max(tally.connectionsMax, tally.open);
  }

  return {
    arrivals,
    options: {
      onConnection,
      onAccepted([first]) {
        if (!first) return;
        const { ip, connection, atMs, messageId = '' } = first;
        const tally = tallyOf(ip);
        tally.accepted += 1;
        tally.dots.push(atMs);
        tally.perConnection.set(connection, (tally.perConnection.get(connection) ?? 0) + 1);
        const statusId = messageId.replace(/^<|@.*$/g, '');
        arrivals.set(statusId, [...(arrivals.get(statusId) ?? []), ip]);
      },
    },
    seen: () =>
      [...tallies]
        .map(([ip, { accepted, connections, connectionsMax, perConnection, dots }]) => ({
          ...{ ip, accepted, connections, connectionsMax },
          messagesPerConnectionMax: Math.max(0, ...perConnection.values()),
          inTenSecondsMax: mostWithin(dots, windowMs),
        }))
        .sort((a, b) => (a.ip < b.ip ? -1 : 1)),
  };
}

function mostWithin(timesMs: readonly number[], spanMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [at, timeMs] of sorted.entries()) {
    while ((sorted[from] ?? timeMs) <= timeMs - spanMs) from += 1;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
