import { domainEnv, domainSettingsOf } from '@posthorn/domains';
import { EnvPort, parseEnv } from '@posthorn/runtime';
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
    MONGODB_URL: z.string().min(1),
    REDIS_URL: z.string().min(1),
    /** At least 32 bytes as text; all keys derive from it. Several with commas between: see `keyringFromSecret`. */
    POSTHORN_SECRET: z.string().refine(hasLongSecrets, 'must be at least 32 characters'),
    PORT: EnvPort.default(8_080),
    HOST: z.string().default('0.0.0.0'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
    /** Shards of the render lane; the same for every service. */
    LANE_SHARDS: z.coerce.number().int().min(1).max(64).default(1),
    /** Encrypts mailbags; the same for every service. */
    SEAL_KEY: z.string().min(1).optional(),
    /** Replicas that must hold a send before it counts as accepted. */
    ACCEPT_REPLICAS: z.coerce.number().int().min(0).max(10).default(0),
    /** Believes that Redis is set up durably where it forbids CONFIG GET. */
    REDIS_TRUST_SETTINGS: z.stringbool().default(false),
    /** Calls a key may make in ten seconds on routes that HubSpot limits; sends are exempt. 0: no limit. */
    RATE_LIMIT_TEN_SECONDLY: z.coerce.number().int().min(0).default(190),
    BODY_BYTES_MAX: bytes(10 * mebibyte),
    /** Largest body of a send with attachments. */
    ATTACHMENTS_BYTES_MAX: bytes(25 * mebibyte),
    /** Longest the legacy single send waits for its result. */
    LEGACY_WAIT_MS: z.coerce.number().int().min(0).max(10_000).default(2_000),
    ...domainEnv,
    SHUTDOWN_TIMEOUT_MS: z.coerce.number().int().positive().default(30_000),
  })
  .transform((env) => ({
    mongodb: { url: env.MONGODB_URL },
    redis: { url: env.REDIS_URL, trustSettings: env.REDIS_TRUST_SETTINGS },
    secret: env.POSTHORN_SECRET,
    http: { host: env.HOST, port: env.PORT },
    lane: { shards: env.LANE_SHARDS, sealKey: env.SEAL_KEY, acceptReplicas: env.ACCEPT_REPLICAS },
    limits: {
      bodyBytesMax: env.BODY_BYTES_MAX,
      sendBytesMax: Math.max(env.BODY_BYTES_MAX, env.ATTACHMENTS_BYTES_MAX),
      legacyWaitMs: env.LEGACY_WAIT_MS,
    },
    domains: domainSettingsOf(env),
    callsPerTenSecondsMax: env.RATE_LIMIT_TEN_SECONDLY,
    logLevel: env.LOG_LEVEL,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** The gateway's configuration. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}

function hasLongSecrets(text: string): boolean {
  return text.split(',').every((secret) => Buffer.byteLength(secret) >= 32);
}
