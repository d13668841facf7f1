import { EnvPort, parseEnv } from '@posthorn/runtime';
import { z } from 'zod';
import { messagesMaxDefault } from './start-mailbox.ts';

const Env = z
  .object({
    MAILBOX_SMTP_PORT: EnvPort.default(1025),
    MAILBOX_HTTP_PORT: EnvPort.default(8025),
    /** The folder messages are kept in; unset keeps them in memory only. */
    MAILBOX_HOME: z.string().optional(),
    MAILBOX_HOST: z.string().default('127.0.0.1'),
    /** Messages kept; past it the oldest are dropped. */
    MAILBOX_MESSAGES_MAX: z.coerce.number().int().min(1).max(2_000_000).default(messagesMaxDefault),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
  })
  .transform((env) => ({
    smtpPort: env.MAILBOX_SMTP_PORT,
    httpPort: env.MAILBOX_HTTP_PORT,
    home: env.MAILBOX_HOME ?? null,
    host: env.MAILBOX_HOST,
    messagesMax: env.MAILBOX_MESSAGES_MAX,
    logLevel: env.LOG_LEVEL,
  }));

export type MailboxConfig = Readonly<z.infer<typeof Env>>;

/** Reads the mailbox's settings from the environment; the defaults are Mailpit's ports. */
export function loadMailboxConfig(env: NodeJS.ProcessEnv): MailboxConfig {
  return Object.freeze(parseEnv(Env, env));
}
