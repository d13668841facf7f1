import { z } from 'zod';
import { Fault } from './fault.ts';

/**
 * Reads a service's configuration from the environment.
 *
 * An empty variable counts as unset. Throws a `misconfigured` Fault that names every variable that is wrong and
 * what it must be, all at once; values never appear in it, since they may be secrets.
 */
export function parseEnv<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;

  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Fault('misconfigured', `The environment is not usable:\n${problems.join('\n')}`);
}

/** `true`, `1`, `yes`, `on` or their opposites; anything else is refused. */
export const EnvFlag = z.stringbool();

/** A TCP port to listen on; 0 lets the system choose. */
export const EnvPort = z.coerce.number().int().min(0).max(65_535);
