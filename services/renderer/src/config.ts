import { availableParallelism } from 'node:os';
import { defaultPool, PoolName } from '@posthorn/contracts';
import { keyringFromSecret } from '@posthorn/mail';
import { queueEnv, queueSettingsOf } from '@posthorn/queue';
import {
  EnvFlag,
  healthEnv,
  healthSettingsOf,
  parseEnv,
  processEnv,
  processSettingsOf,
} from '@posthorn/runtime';
import { z } from 'zod';

const EnvSecret = z
  .string()
  .refine(isUsable, 'must be one secret of at least 32 bytes, or several with commas between');

const Env = z
  .object({
    ...queueEnv,
    ...processEnv,
    ...healthEnv,
    MONGODB_URL: z.string().min(1),
    POSTHORN_SECRET: EnvSecret,
    /** Public base URL of the tracking service: links and pixels of the mail point there. */
    TRACKING_URL: z.url({ protocol: /^https?$/ }),
    /** Domain of the envelope senders: bounces come back to it. */
    RETURN_PATH_HOST: z.string().regex(/^[a-z0-9.-]{1,190}$/i, 'must be a host name'),
    /** The pool of sending addresses for mail whose email and account name none. */
    DEFAULT_POOL: PoolName.default(defaultPool),
    /** For development: a domain without DKIM keys gets some on first use, instead of being refused. */
    ALLOW_ANY_SENDING_DOMAIN: EnvFlag.default(false),
    /** Threads that render; each keeps one core busy. */
    WORKER_THREADS: z.coerce.number().int().min(1).max(64).default(availableParallelism()),
    /** Threads beside those that track and sign what came by SMTP: a message of 20 MB must not hold up others. */
    SUBMISSION_THREADS: z.coerce
      .number()
      .int()
      .min(1)
      .max(64)
      .default(Math.ceil(availableParallelism() / 2)),
    /** CPU time one mail may take before its thread is ended and the mail dropped (row T02). */
    RENDER_TIMEOUT_MS: z.coerce.number().int().min(10).default(250),
    /** Memory one thread may use before it is ended, in MiB. */
    THREAD_MEMORY_MIB: z.coerce.number().int().min(64).default(512),
    /** How long a `sendId` or an idempotency key is remembered. */
    CLAIM_TTL_DAYS: z.coerce.number().int().min(1).max(365).default(30),
  })
  .transform((env) => ({
    ...queueSettingsOf(env),
    ...processSettingsOf(env),
    ...healthSettingsOf(env),
    mongodb: { url: env.MONGODB_URL },
    secret: env.POSTHORN_SECRET,
    trackingUrl: env.TRACKING_URL.replace(/\/+$/, ''),
    returnPathHost: env.RETURN_PATH_HOST.toLowerCase(),
    pool: env.DEFAULT_POOL,
    allowsAnyDomain: env.ALLOW_ANY_SENDING_DOMAIN,
    threads: { size: env.WORKER_THREADS, cpuMs: env.RENDER_TIMEOUT_MS, memoryMib: env.THREAD_MEMORY_MIB },
    submissionThreads: env.SUBMISSION_THREADS,
    claimTtlMs: env.CLAIM_TTL_DAYS * 86_400_000,
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** The renderer's configuration. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}

function isUsable(secret: string): boolean {
  try {
    keyringFromSecret(secret);
    return true;
  } catch {
    return false;
  }
}
