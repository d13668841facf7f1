import { AccountId, defaultPool, PoolName } from '@posthorn/contracts';
import { type QueueSettings, queueEnv, queueSettingsOf } from '@posthorn/queue';
import { EnvSecret } from '@posthorn/runtime';
import { z } from 'zod';

const Domains = z.string().transform((text) =>
  text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** The variables of TLS reports. Without `TLSRPT_FROM` none are sent, and the others are not looked at. */
export const tlsReportEnv = {
  ...queueEnv,
  REDIS_URL: queueEnv.REDIS_URL.optional(),
  POSTHORN_SECRET: EnvSecret.optional(),
  /** Author of reports, and their envelope sender; the account's verified domain signs them. */
  TLSRPT_FROM: z.email().toLowerCase().optional(),
  /** The account whose domain `TLSRPT_FROM` is at. */
  TLSRPT_ACCOUNT: z.coerce.number().pipe(AccountId).optional(),
  /** Who reports; the domain of `TLSRPT_FROM` unless given. */
  TLSRPT_ORGANIZATION: z.string().min(1).max(200).optional(),
  /** Whom receivers may ask about a report; `TLSRPT_FROM` unless given. */
  TLSRPT_CONTACT: z.string().min(1).max(320).optional(),
  /** Domains that may be mailed any report, with commas between; see `createMayMail`. */
  TLSRPT_TRUSTED: Domains.default([]),
  /** The pool that reports leave from. */
  DEFAULT_POOL: PoolName.default(defaultPool),
  /** Pause between two looks for reports that are due. */
  TLSRPT_LOOK_EVERY_MS: z.coerce.number().int().min(50).max(600_000).default(30_000),
};

type TlsReportEnv = z.infer<z.ZodObject<typeof tlsReportEnv>>;

export type TlsReportSettings = QueueSettings &
  Readonly<{
    secret: string;
    from: string;
    accountId: number;
    organization: string;
    contact: string;
    trusted: readonly string[];
    pool: string;
    lookEveryMs: number;
  }>;

/** Groups what `tlsReportEnv` read; null where no reports are sent. Names what is missing beside `TLSRPT_FROM`. */
export function tlsReportSettingsOf(env: TlsReportEnv, ctx: z.RefinementCtx): TlsReportSettings | null {
  const { TLSRPT_FROM: from, TLSRPT_ACCOUNT: accountId, REDIS_URL, POSTHORN_SECRET: secret } = env;
  if (from === undefined) return null;
  if (accountId === undefined || REDIS_URL === undefined || secret === undefined) {
    for (const name of ['TLSRPT_ACCOUNT', 'REDIS_URL', 'POSTHORN_SECRET'] as const)
      if (env[name] === undefined)
        ctx.addIssue({ code: 'custom', path: [name], message: 'must be set where TLSRPT_FROM is' });
    return null;
  }
  return {
    ...queueSettingsOf({ ...env, REDIS_URL }),
    ...{ secret, from, accountId, trusted: env.TLSRPT_TRUSTED, pool: env.DEFAULT_POOL },
    organization: env.TLSRPT_ORGANIZATION ?? from.slice(from.lastIndexOf('@') + 1),
    contact: env.TLSRPT_CONTACT ?? from,
    lookEveryMs: env.TLSRPT_LOOK_EVERY_MS,
  };
}
