import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PoolName } from '@posthorn/contracts';
import { queueEnv, queueSettingsOf } from '@posthorn/queue';
import {
  EnvPort,
  EnvSecret,
  healthEnv,
  healthSettingsOf,
  parseEnv,
  processEnv,
  processSettingsOf,
} from '@posthorn/runtime';
import { z } from 'zod';
import { parseRoute, type Route } from './router.ts';
import { parseDnsServer } from './routing/dns-client.ts';
import { defaultSmtpTimeouts as timeouts } from './smtp/smtp-timeouts.ts';

const timeoutMs = (byDefault: number) => z.coerce.number().int().positive().default(byDefault);

const EnvRoute = z.string().transform((text, ctx): Route => {
  try {
    return parseRoute(text);
  } catch (error) {
    ctx.addIssue(error instanceof Error ? error.message : 'is not a route');
    return z.NEVER;
  }
});

/** Several values with commas between, each read by `read`, which finds nothing in a wrong one. */
const envList = <Value>(read: (text: string) => readonly Value[], what: string) =>
  z
    .string()
    .default('')
    .transform((text, ctx): Value[] =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
        .flatMap((part) => {
          const values = read(part);
          if (values.length === 0) ctx.addIssue(`must be ${what}, or several with commas between`);
          return values;
        }),
    );

/** Undefined for all pools. */
const EnvPools = z
  .string()
  .default('*')
  .transform((text, ctx): readonly string[] | undefined => {
    const names = text.split(',').map((part) => part.trim());
    if (names.length === 1 && names[0] === '*') return undefined;
    if (names.every((name) => PoolName.safeParse(name).success)) return names;
    ctx.addIssue('must be *, or names of lower-case letters, digits and dashes with commas between');
    return z.NEVER;
  });

const Env = z
  .object({
    ...queueEnv,
    ...processEnv,
    ...healthEnv,
    MONGODB_URL: z.string().min(1),
    /** Pools whose mail this process sends, with commas between; `*` is all of them, also those that are made later. */
    POOLS: EnvPools,
    /** For development and tests: a pool without any address of its own sends from the system's. */
    ALLOW_SYSTEM_ADDRESS: z.stringbool().default(false),
    /** Opens the passwords of SOCKS5 servers; without it addresses whose server wants one rest. */
    POSTHORN_SECRET: EnvSecret.optional(),
    /** Where all mail goes, see `parseRoute`; without it each receiver's own mail hosts get theirs. */
    SMTP_ROUTE: EnvRoute.optional(),
    /** Recursive resolvers; without any, the system's. DANE is only as good as the way to them. */
    DNS_SERVERS: envList(parseDnsServer, 'an address with or without a port'),
    DNS_TIMEOUT_MS: timeoutMs(3_000),
    IP_PREFERENCE: z.enum(['ipv4', 'ipv6', 'ipv4-only', 'ipv6-only']).default('ipv4'),
    /** For development and tests only: mail hosts may be on this machine and in its neighbourhood. */
    ALLOW_PRIVATE_ADDRESSES: z.stringbool().default(false),
    /** Addresses and names of ours that neither an interface nor EHLO_NAME shows: mail is never sent to them. */
    OWN_ADDRESSES: envList((text) => (isIP(text) ? [text] : []), 'an address'),
    OWN_HOSTS: envList((text) => (/^[\w.-]{1,253}$/.test(text) ? [text.toLowerCase()] : []), 'a host name'),
    /** Domains that get mail over verified TLS or not at all; `*` is every one. */
    REQUIRE_TLS: envList(
      (text) => (/^(\*|[\w.-]{1,253})$/.test(text) ? [text.toLowerCase()] : []),
      'a domain or *',
    ),
    /** For tests: where mail hosts and MTA-STS policies are found. */
    MX_PORT: EnvPort.default(25),
    STS_PORT: EnvPort.default(443),
    /** What we call ourselves; must resolve to the address we send from. */
    EHLO_NAME: z
      .string()
      .regex(/^[\w.:[\]-]{1,255}$/, 'must be a host name or an address literal')
      .default('localhost'),
    /** Deliveries in flight at once in this process, and so connections at most. */
    CONCURRENCY: z.coerce.number().int().min(1).max(500).default(50),
    SMTP_MESSAGES_PER_CONNECTION: z.coerce.number().int().min(1).default(1_000),
    SMTP_IDLE_TIMEOUT_MS: timeoutMs(30_000),
    SMTP_CONNECT_TIMEOUT_MS: timeoutMs(timeouts.connectMs),
    SMTP_BANNER_TIMEOUT_MS: timeoutMs(timeouts.bannerMs),
    SMTP_COMMAND_TIMEOUT_MS: timeoutMs(timeouts.commandMs),
    SMTP_DATA_TIMEOUT_MS: timeoutMs(timeouts.dataMs),
    SMTP_BLOCK_TIMEOUT_MS: timeoutMs(timeouts.blockMs),
    /** Shorter ones make duplicates: see `SmtpTimeouts`. */
    SMTP_FINAL_DOT_TIMEOUT_MS: timeoutMs(timeouts.finalDotMs),
    SMTP_SESSION_TIMEOUT_MS: timeoutMs(timeouts.sessionMs),
    /** Undecided attempts after which a delivery is held whatever its account says. */
    AMBIGUOUS_MAX: z.coerce.number().int().min(0).max(10).default(2),
    /** Files of an operator's own: how replies are classified, and when deferred mail is tried again; see infra. */
    REPLIES_FILE: z.string().min(1).optional(),
    RETRIES_FILE: z.string().min(1).optional(),
    /** And how fast each site gets mail. */
    SHAPING_FILE: z.string().min(1).optional(),
    /** Where replies are noted until Redis has them: kept over restarts, shared by the dispatchers of a machine. */
    JOURNAL_FOLDER: z.string().min(1).optional(),
  })
  .transform((env) => ({
    ...queueSettingsOf(env),
    ...processSettingsOf(env),
    ...healthSettingsOf(env),
    mongodb: { url: env.MONGODB_URL },
    pools: env.POOLS,
    allowSystemAddress: env.ALLOW_SYSTEM_ADDRESS,
    secret: env.POSTHORN_SECRET,
    shapingFile: env.SHAPING_FILE,
    journalFolder: env.JOURNAL_FOLDER ?? journalFolderFor(env.REDIS_URL),
    route: env.SMTP_ROUTE,
    routing: {
      dns: { servers: env.DNS_SERVERS, timeoutMs: env.DNS_TIMEOUT_MS },
      preference: env.IP_PREFERENCE,
      addresses: { allowPrivate: env.ALLOW_PRIVATE_ADDRESSES, ownAddresses: env.OWN_ADDRESSES },
      ownHosts: [env.EHLO_NAME.toLowerCase(), ...env.OWN_HOSTS],
      requireTls: env.REQUIRE_TLS,
      mxPort: env.MX_PORT,
      stsPort: env.STS_PORT,
    },
    concurrency: env.CONCURRENCY,
    ambiguousMax: env.AMBIGUOUS_MAX,
    rulesFiles: {
      ...(env.REPLIES_FILE !== undefined && { replies: env.REPLIES_FILE }),
      ...(env.RETRIES_FILE !== undefined && { retries: env.RETRIES_FILE }),
    },
    smtp: {
      ehloName: env.EHLO_NAME,
      messagesMax: env.SMTP_MESSAGES_PER_CONNECTION,
      idleMs: env.SMTP_IDLE_TIMEOUT_MS,
      timeouts: {
        connectMs: env.SMTP_CONNECT_TIMEOUT_MS,
        bannerMs: env.SMTP_BANNER_TIMEOUT_MS,
        commandMs: env.SMTP_COMMAND_TIMEOUT_MS,
        dataMs: env.SMTP_DATA_TIMEOUT_MS,
        blockMs: env.SMTP_BLOCK_TIMEOUT_MS,
        finalDotMs: env.SMTP_FINAL_DOT_TIMEOUT_MS,
        sessionMs: env.SMTP_SESSION_TIMEOUT_MS,
      },
    },
  }));

/** One for each installation, since those who share it bring in what others of theirs left behind. */
function journalFolderFor(redisUrl: string): string {
  const name = createHash('sha256').update(redisUrl).digest('hex').slice(0, 12);
  return path.join(tmpdir(), `posthorn-dispatcher-${name}`);
}

export type Config = Readonly<z.infer<typeof Env>>;

/** The dispatcher's configuration. Throws a `misconfigured` Fault that names every variable that is wrong. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  return Object.freeze(parseEnv(Env, env));
}
