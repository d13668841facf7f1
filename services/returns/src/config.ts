import { queueEnv, queueSettingsOf } from '@posthorn/queue';
import {
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

const Names = z.string().transform((text) =>
  text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** Time over which the rate of a message is measured. */
const paceWindowMs = 30_000;

const Env = z
  .object({
    ...queueEnv,
    ...processEnv,
    ...healthEnv,
    MONGODB_URL: z.string().min(1),
    POSTHORN_SECRET: EnvSecret,
    HOST: z.string().default('0.0.0.0'),
    ...portEnv,
    /** Where mail comes in; the MX records of the return-path hosts lead here. */
    SMTP_PORT: EnvPort.default(25),
    /** What the server calls itself: the host name that the MX records name. */
    SMTP_NAME: z.string().min(1).max(255),
    /** PEM files; without both STARTTLS is not offered. */
    TLS_KEY_FILE: z.string().optional(),
    TLS_CERT_FILE: z.string().optional(),
    SMTP_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(10_000).default(200),
    /** Connections that one client, an IPv4 address or an IPv6 /64, may have at once. */
    SMTP_CLIENT_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(10_000).default(50),
    /** From the connection, or the end of the message before, to the DATA command. */
    SMTP_START_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(300_000),
    /** Between two whole commands. */
    SMTP_IDLE_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(60_000),
    /** A client that sends a message more slowly than that, over 30 s, is ended. */
    SMTP_BYTES_PER_SECOND_MIN: z.coerce.number().int().min(0).default(500),
    /** Longest time that a message may take, however fast it comes in. */
    SMTP_MESSAGE_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(1_800_000),
    MESSAGE_BYTES_MAX: z.coerce.number().int().min(65_536).default(33_554_432),
    /** How long a return path is good for; servers try for five days (RFC 5321, section 4.5.4.1). */
    RETURN_PATH_DAYS: z.coerce.number().int().min(5).max(60).default(10),
    /** How old mail may be that is complained about. */
    COMPLAINT_DAYS: z.coerce.number().int().min(1).max(365).default(60),
    /** Addresses registered with mailbox providers for complaints, with commas between. */
    COMPLAINT_ADDRESSES: Names.default([]),
    /** Domains that may vouch for a complaint, by DKIM or SPF, with commas between; subdomains too. */
    COMPLAINT_SOURCES: Names.default([]),
    /** The shaping rules of the dispatchers: a complaint counts for the provider that they name. */
    SHAPING_FILE: z.string().min(1).optional(),
    /** DNS servers to ask instead of the system's, `host` or `host:port`, with commas between. */
    DNS_SERVERS: Names.default([]),
    /** Threads that read messages. */
    WORKER_THREADS: z.coerce.number().int().min(1).max(64).default(1),
    CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  })
  .refine(({ TLS_KEY_FILE: key, TLS_CERT_FILE: cert }) => (key === undefined) === (cert === undefined), {
    message: 'must be given together with the other TLS file',
    path: ['TLS_KEY_FILE'],
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
      port: env.SMTP_PORT,
      name: env.SMTP_NAME,
      connectionsMax: env.SMTP_CONNECTIONS_MAX,
      clientConnectionsMax: env.SMTP_CLIENT_CONNECTIONS_MAX,
      pace: {
        startTimeoutMs: env.SMTP_START_TIMEOUT_MS,
        startAdvice: 'Send a message sooner',
        idleTimeoutMs: env.SMTP_IDLE_TIMEOUT_MS,
        bytesPerSecondMin: env.SMTP_BYTES_PER_SECOND_MIN,
        windowMs: paceWindowMs,
        messageTimeoutMs: env.SMTP_MESSAGE_TIMEOUT_MS,
        messageBytesHardMax: 2 * env.MESSAGE_BYTES_MAX,
      },
      messageBytesMax: env.MESSAGE_BYTES_MAX,
      recipientsMax: 20,
    },
    tlsFiles:
      env.TLS_KEY_FILE !== undefined && env.TLS_CERT_FILE !== undefined
        ? { key: env.TLS_KEY_FILE, cert: env.TLS_CERT_FILE }
        : undefined,
    returnPathDaysMax: env.RETURN_PATH_DAYS,
    complaints: {
      addresses: env.COMPLAINT_ADDRESSES,
      sources: env.COMPLAINT_SOURCES,
      daysMax: env.COMPLAINT_DAYS,
    },
    shapingFile: env.SHAPING_FILE,
    dnsServers: env.DNS_SERVERS,
    threads: env.WORKER_THREADS,
    concurrency: env.CONCURRENCY,
  }));

export type Config = Readonly<z.infer<typeof Env>>;

/** The configuration of returns. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}
