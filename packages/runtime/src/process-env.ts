import { z } from 'zod';
import { EnvFlag, EnvPort } from './env.ts';

/** The variables of every service. */
export const processEnv = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  /** Longest an orderly stop may take; past it the process ends all the same. */
  SHUTDOWN_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(30_000),
  /** Set by npm: `start` where `npm start` runs the service. It then ends with npm, however that one ends. */
  npm_lifecycle_event: z.string().optional(),
};

/** Groups what `processEnv` read. */
export function processSettingsOf(env: z.infer<z.ZodObject<typeof processEnv>>) {
  return {
    logLevel: env.LOG_LEVEL,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    endsWithParent: env.npm_lifecycle_event === 'start',
  };
}

/** The variable of every service that others connect to. */
export const portEnv = {
  /** Lets several processes of the service listen on the same port of one machine. */
  REUSE_PORT: EnvFlag.default(false),
};

/** The variables of a service whose health pages stand on its own port. */
export const ownHealthEnv = {
  /** Shows the health pages here too: on a port that processes share, nobody knows whose page it is. */
  HEALTH_PORT: EnvPort.optional(),
};

/** The variables of a service that has no HTTP but its health pages. */
export const healthEnv = {
  /** 0 takes any free port. */
  HEALTH_PORT: EnvPort.default(0),
  /** Where the health pages listen; `HOST` where it is absent. */
  HEALTH_HOST: z.string().optional(),
  HOST: z.string().default('0.0.0.0'),
};

/** Groups what `healthEnv` read. */
export function healthSettingsOf(env: z.infer<z.ZodObject<typeof healthEnv>>) {
  return { health: { host: env.HEALTH_HOST ?? env.HOST, port: env.HEALTH_PORT } };
}
