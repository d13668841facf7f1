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

const dayMs = 86_400_000;

const Env = z
  .object({
    ...queueEnv,
    ...processEnv,
    MONGODB_URL: z.string().min(1),
    POSTHORN_SECRET: EnvSecret,
    PORT: EnvPort.default(8_081),
    HOST: z.string().default('0.0.0.0'),
    ...portEnv,
    ...ownHealthEnv,
    /** Bags of events in hand at once in this process; those that wait for MongoDB share its next write. */
    RECORD_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(16),
    /** Days that what was said in an attempt is kept; 0 keeps nothing. */
    CONVERSATION_DAYS: z.coerce.number().int().min(0).max(3_650).default(30),
    /** Pause between two rounds of counting. */
    FOLD_INTERVAL_MS: z.coerce.number().int().min(10).default(500),
    /** Longest an answer waits for Redis to have its hit on disk; then the hit is held in memory. */
    HIT_TIMEOUT_MS: z.coerce.number().int().min(50).max(5_000).default(500),
    /** Hits held in memory while Redis is away, and for how long; beyond that they are lost. */
    HELD_HITS_MAX: z.coerce.number().int().min(0).default(20_000),
    HELD_HITS_MS: z.coerce.number().int().min(0).default(120_000),
    /** What is stored of a client's address: its network, all of it, or nothing. */
    IP_ADDRESSES: z.enum(['truncated', 'full', 'off']).default('truncated'),
    /** Believes the last entry of X-Forwarded-For: only behind a proxy that writes it. */
    TRUST_PROXY: EnvFlag.default(false),
    /** OpenTelemetry's own variable: where it is set, each hit gets a span. */
    OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  })
  .transform((env) => ({
    ...queueSettingsOf(env),
    ...processSettingsOf(env),
    mongodb: { url: env.MONGODB_URL },
    secret: env.POSTHORN_SECRET,
    http: { host: env.HOST, port: env.PORT, reusePort: env.REUSE_PORT },
    ownHealth: env.HEALTH_PORT === undefined ? undefined : { host: env.HOST, port: env.HEALTH_PORT },
    recordConcurrency: env.RECORD_CONCURRENCY,
    conversationsKeptMs: env.CONVERSATION_DAYS * dayMs,
    foldIntervalMs: env.FOLD_INTERVAL_MS,
    hitTimeoutMs: env.HIT_TIMEOUT_MS,
    held: { heldMax: env.HELD_HITS_MAX, heldForMs: env.HELD_HITS_MS },
    isTraced: env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    ip: { privacy: env.IP_ADDRESSES, isProxyTrusted: env.TRUST_PROXY },
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** Tracking's configuration. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}
