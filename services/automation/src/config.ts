import { domainEnv, domainSettingsOf } from '@posthorn/domains';
import { ipEnv } from '@posthorn/domains/ips';
import { queueEnv, queueSettingsOf } from '@posthorn/queue';
import { healthEnv, healthSettingsOf, parseEnv, processEnv, processSettingsOf } from '@posthorn/runtime';
import { z } from 'zod';
import { tlsReportEnv, tlsReportSettingsOf } from './tls-reports/settings.ts';

const Env = z
  .object({
    ...processEnv,
    ...healthEnv,
    MONGODB_URL: z.string().min(1),
    ...domainEnv,
    ...tlsReportEnv,
    ...ipEnv,
    REDIS_URL: queueEnv.REDIS_URL,
    SEAL_KEY: queueEnv.SEAL_KEY,
    RETURN_PATH_HOST: domainEnv.RETURN_PATH_HOST.unwrap(),
    TRACKING_URL: domainEnv.TRACKING_URL.unwrap(),
    /** Domains checked at once by this process. */
    DOMAIN_CHECK_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(8),
    /** Pause between two looks for domains whose check is due. */
    DOMAIN_LOOK_EVERY_MS: z.coerce.number().int().min(50).max(600_000).default(10_000),
    /** Sending addresses checked at once by this process. */
    IP_CHECK_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(4),
    /** Pause between two looks for sending addresses whose check is due. */
    IP_LOOK_EVERY_MS: z.coerce.number().int().min(50).max(600_000).default(5_000),
    /** Pause between two looks whether Redis was emptied. */
    GENERATION_LOOK_EVERY_MS: z.coerce.number().int().min(50).max(600_000).default(5_000),
    /** Pause between two looks for blobs that no mailbag names. */
    BLOB_SWEEP_EVERY_MS: z.coerce.number().int().min(1_000).max(86_400_000).default(3_600_000),
  })
  .transform((env, ctx) => ({
    ...processSettingsOf(env),
    ...healthSettingsOf(env),
    mongodb: { url: env.MONGODB_URL },
    domains: domainSettingsOf(env),
    tlsReports: tlsReportSettingsOf(env, ctx),
    checks: { concurrency: env.DOMAIN_CHECK_CONCURRENCY, lookEveryMs: env.DOMAIN_LOOK_EVERY_MS },
    generation: { redis: queueSettingsOf(env).redis, everyMs: env.GENERATION_LOOK_EVERY_MS },
    blobSweep: {
      redis: queueSettingsOf(env).redis,
      sealKey: env.SEAL_KEY,
      everyMs: env.BLOB_SWEEP_EVERY_MS,
    },
    ipChecks: {
      redis: queueSettingsOf(env).redis,
      blocklists: env.DNSBL_ZONES,
      ...{ concurrency: env.IP_CHECK_CONCURRENCY, lookEveryMs: env.IP_LOOK_EVERY_MS },
    },
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** Automation's configuration. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}
