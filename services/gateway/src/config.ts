import { defaultPool, PoolName } from '@posthorn/contracts';
import { domainEnv, domainSettingsOf } from '@posthorn/domains';
import { ipEnv } from '@posthorn/domains/ips';
import { queueEnv, queueSettingsOf } from '@posthorn/queue';
import {
  EnvFlag,
  EnvPort,
  EnvSecret,
  ownHealthEnv,
  parseEnv,
  portEnv,
  processEnv,
  processSettingsOf,
} from '@posthorn/runtime';
import { z } from 'zod';

const mebibyte = 1024 * 1024;
const bytes = (byDefault: number) =>
  z.coerce
    .number()
    .int()
    .min(1_024)
    .max(100 * mebibyte)
    .default(byDefault);

const Env = z
  .object({
    ...queueEnv,
    ...processEnv,
    MONGODB_URL: z.string().min(1),
    POSTHORN_SECRET: EnvSecret,
    PORT: EnvPort.default(8_080),
    HOST: z.string().default('0.0.0.0'),
    ...portEnv,
    ...ownHealthEnv,
    /** Calls a key may make in ten seconds on routes that HubSpot limits; sends are exempt. 0: no limit. */
    RATE_LIMIT_TEN_SECONDLY: z.coerce.number().int().min(0).default(190),
    BODY_BYTES_MAX: bytes(10 * mebibyte),
    /** Largest body of a send with attachments. */
    ATTACHMENTS_BYTES_MAX: bytes(25 * mebibyte),
    /** Bodies in memory at once, together; beyond it, large ones are told 503 and to try again. At least one fits. */
    BODIES_BYTES_MAX: z.coerce
      .number()
      .int()
      .min(mebibyte)
      .default(128 * mebibyte),
    /** Longest the legacy single send waits for its result. */
    LEGACY_WAIT_MS: z.coerce.number().int().min(0).max(10_000).default(2_000),
    ...domainEnv,
    /** The dispatchers' rules of shaping, so that limits are shown as they hold; ours without it. */
    SHAPING_FILE: z.string().optional(),
    ...ipEnv,
    /** For development: takes sending addresses that nobody outside can reach, such as 127.0.0.2. */
    ALLOW_PRIVATE_ADDRESSES: EnvFlag.default(false),
    /** The pool of mail whose email and account name none; the renderer's. */
    DEFAULT_POOL: PoolName.default(defaultPool),
  })
  .transform((env) => ({
    ...queueSettingsOf(env),
    ...processSettingsOf(env),
    mongodb: { url: env.MONGODB_URL },
    secret: env.POSTHORN_SECRET,
    http: { host: env.HOST, port: env.PORT, reusePort: env.REUSE_PORT },
    ownHealth: env.HEALTH_PORT === undefined ? undefined : { host: env.HOST, port: env.HEALTH_PORT },
    limits: {
      bodyBytesMax: env.BODY_BYTES_MAX,
      sendBytesMax: Math.max(env.BODY_BYTES_MAX, env.ATTACHMENTS_BYTES_MAX),
      bodiesBytesMax: Math.max(env.BODIES_BYTES_MAX, env.BODY_BYTES_MAX, env.ATTACHMENTS_BYTES_MAX),
      legacyWaitMs: env.LEGACY_WAIT_MS,
    },
    domains: domainSettingsOf(env),
    shaping: { ...(env.SHAPING_FILE !== undefined && { path: env.SHAPING_FILE }) },
    ips: {
      blocklists: env.DNSBL_ZONES,
      allowsPrivate: env.ALLOW_PRIVATE_ADDRESSES,
      defaultPool: env.DEFAULT_POOL,
    },
    callsPerTenSecondsMax: env.RATE_LIMIT_TEN_SECONDLY,
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** The gateway's configuration. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}
