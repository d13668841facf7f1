import {
  parseTlsCountField,
  TlsPolicyText,
  TlsPolicyType,
  type TlsSessions,
  tlsCountsKey,
  tlsPolicyField,
} from '@posthorn/contracts';

/** What dispatchers counted of one UTC day with one domain. */
export type TlsDay = Readonly<{
  /** `2026-05-01`. */
  day: string;
  domain: string;
  policies: readonly PolicyCounts[];
}>;

export type PolicyCounts = Readonly<{
  type: TlsPolicyType;
  /** Unknown where no session got to it, as where it could not be fetched. */
  text?: TlsPolicyText;
  successes: number;
  /** The most frequent first. */
  failures: readonly (TlsSessions & { count: number })[];
}>;

/** Reads a counter hash of the dispatchers (`tlsCountsKey`); null where nothing was counted, or it is forgotten already. */
export async function readTlsDay(
  redis: { hgetall(key: string): Promise<Record<string, string>> },
  day: string,
  domain: string,
): Promise<TlsDay | null> {
  const hash = await redis.hgetall(tlsCountsKey(day, domain));
  const sessions = Object.entries(hash).flatMap(([field, count]) => {
    const parsed = parseTlsCountField(field);
    return parsed ? [{ ...parsed, count: Number(count) }] : [];
  });
  const policies = TlsPolicyType.options.flatMap((type): PolicyCounts[] => {
    const ours = sessions.filter(({ policy }) => policy === type);
    if (ours.length === 0) return [];
    const text = textIn(hash[tlsPolicyField(type)]);
    const failures = ours.filter(({ result }) => result !== 'success').sort((a, b) => b.count - a.count);
    return [{ type, successes: sum(ours) - sum(failures), failures, ...(text && { text }) }];
  });
  return policies.length > 0 ? { day, domain, policies } : null;
}

export function sum(sessions: readonly { count: number }[]): number {
  return sessions.reduce((total, { count }) => total + count, 0);
}

function textIn(json: string | undefined): TlsPolicyText | undefined {
  try {
    return TlsPolicyText.safeParse(JSON.parse(json ?? 'null')).data;
  } catch {
    return undefined;
  }
}
