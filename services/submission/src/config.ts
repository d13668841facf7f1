import { queueEnv, queueSettingsOf } from '@posthorn/queue';
import {
  EnvFlag,
  EnvPort,
  EnvSecret,
  healthEnv,
  healthSettingsOf,
  parseEnv,
  portEnv,
  processEnv,
  processSettingsOf,
} from '@posthorn/runtime';
import { z } from 'zod';

const Ports = z.preprocess(
  (text) => (typeof text === 'string' ? text.split(',').filter((port) => port.trim() !== '') : text),
  z.array(EnvPort),
);

const mebibyte = 1024 * 1024;

const Env = z
  .object({
    ...queueEnv,
    ...processEnv,
    ...healthEnv,
    MONGODB_URL: z.string().min(1),
    POSTHORN_SECRET: EnvSecret,
    HOST: z.string().default('0.0.0.0'),
    ...portEnv,
    /** Where clients connect and say STARTTLS, with commas between. */
    SMTP_PORTS: Ports.default([587, 25]),
    /** Where TLS begins with the connection. */
    SMTPS_PORTS: Ports.default([465]),
    /** What the server calls itself: the host name that clients connect to and its certificate is for. */
    SMTP_NAME: z.string().min(1).max(255),
    /** PEM files, read again when they change. */
    TLS_KEY_FILE: z.string().optional(),
    TLS_CERT_FILE: z.string().optional(),
    /** For development: makes a certificate that nobody vouches for, instead of the files. */
    TLS_SELF_SIGNED: EnvFlag.default(false),
    /** For development: clients on this machine may log in without TLS. */
    ALLOW_PLAIN_LOGIN: EnvFlag.default(false),
    /** For development: mail may leave from any domain; the renderer needs it too. */
    ALLOW_ANY_SENDING_DOMAIN: EnvFlag.default(false),
    SMTP_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(100_000).default(2_000),
    /** Connections that one client, an IPv4 address or an IPv6 /64, may have at once. */
    SMTP_CLIENT_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(100_000).default(100),
    /** From the connection to the end of the login. */
    SMTP_LOGIN_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(60_000),
    /** Between two commands; RFC 5321, section 4.5.3.2.7, wants five minutes. */
    SMTP_IDLE_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(300_000),
    /** A client that sends a message more slowly than that, over 30 s, is ended. */
    SMTP_BYTES_PER_SECOND_MIN: z.coerce.number().int().min(0).default(500),
    /** Bytes of messages in memory at once; the process needs about four times as much. */
    MESSAGES_BYTES_MAX: z.coerce
      .number()
      .int()
      .min(32 * mebibyte)
      .default(128 * mebibyte),
  })
  .refine(({ TLS_KEY_FILE: key, TLS_CERT_FILE: cert }) => (key === undefined) === (cert === undefined), {
    message: 'must be given together with the other TLS file',
    path: ['TLS_KEY_FILE'],
  })
  .refine(({ TLS_KEY_FILE: key, TLS_SELF_SIGNED: isSelfSigned }) => key !== undefined || isSelfSigned, {
    message: 'must be given: nobody may log in without TLS',
    path: ['TLS_CERT_FILE'],
  })
  .transform((env) => ({
    ...queueSettingsOf(env),
    ...processSettingsOf(env),
    ...healthSettingsOf(env),
    mongodb: { url: env.MONGODB_URL },
    secret: env.POSTHORN_SECRET,
    smtp: {
      host: env.HOST,
      reusePort: env.REUSE_PORT,
      name: env.SMTP_NAME,
      ports: env.SMTP_PORTS,
      tlsPorts: env.SMTPS_PORTS,
      allowPlainLogin: env.ALLOW_PLAIN_LOGIN,
      connectionsMax: env.SMTP_CONNECTIONS_MAX,
      clientConnectionsMax: env.SMTP_CLIENT_CONNECTIONS_MAX,
      loginTimeoutMs: env.SMTP_LOGIN_TIMEOUT_MS,
      idleTimeoutMs: env.SMTP_IDLE_TIMEOUT_MS,
      bytesPerSecondMin: env.SMTP_BYTES_PER_SECOND_MIN,
    },
    tlsFiles:
      env.TLS_KEY_FILE !== undefined && env.TLS_CERT_FILE !== undefined
        ? { key: env.TLS_KEY_FILE, cert: env.TLS_CERT_FILE }
        : undefined,
    allowsAnyDomain: env.ALLOW_ANY_SENDING_DOMAIN,
    messagesBytesMax: env.MESSAGES_BYTES_MAX,
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** The configuration of submission. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}
