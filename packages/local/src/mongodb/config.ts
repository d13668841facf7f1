import { EnvFlag, EnvPort, parseEnv } from '@posthorn/runtime';
import { z } from 'zod';

const Env = z
  .object({
    /** 0 takes any port that is free. */
    MONGODB_PORT: EnvPort.default(27017),
    /** The folder the data is kept in; unset keeps it in memory only. */
    MONGODB_HOME: z.string().min(1).optional(),
    /** Has `configureFailPoint`, by which a test makes commands fail. MongoDB's `enableTestCommands`. */
    MONGODB_TEST_COMMANDS: EnvFlag.default(false),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .transform((env) => ({
    port: env.MONGODB_PORT,
    home: env.MONGODB_HOME ?? null,
    hasTestCommands: env.MONGODB_TEST_COMMANDS,
    logLevel: env.LOG_LEVEL,
  }));

export type EmbeddedMongoConfig = Readonly<z.infer<typeof Env>>;

/** Reads the server's settings from the environment; the default port is MongoDB's. */
export function loadEmbeddedMongoConfig(env: NodeJS.ProcessEnv): EmbeddedMongoConfig {
  return Object.freeze(parseEnv(Env, env));
}
