import { z } from 'zod';
import { EnvPort } from './env.ts';

/** The variables of every service. */
export const processEnv = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  /** Longest an orderly stop may take; past it the process ends all the same. */
  SHUTDOWN_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(30_000),
};

/** Groups what `processEnv` read. */
export function processSettingsOf(env: z.infer<z.ZodObject<typeof processEnv>>) {
  return { logLevel: env.LOG_LEVEL, shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS };
}

/** The variables of a service that has no HTTP but its health pages. */
export const healthEnv = {
  /** 0 takes any free port. */
  HEALTH_PORT: EnvPort.default(0),
  HEALTH_HOST: z.string().default('0.0.0.0'),
};

/** Groups what `healthEnv` read. */
export function healthSettingsOf(env: z.infer<z.ZodObject<typeof healthEnv>>) {
  return { health: { host: env.HEALTH_HOST, port: env.HEALTH_PORT } };
}
