import { availableParallelism } from 'node:os';
import path from 'node:path';
import { EnvPort, parseEnv } from '@posthorn/runtime';
import { z } from 'zod';

const Env = z.object({
  /** Folder of all local data. */
  POSTHORN_HOME: z.string().default('.posthorn'),
  /** First port of this instance's block of fourteen, or of as many blocks as there are replicas. */
  POSTHORN_PORT: EnvPort.refine(
    (port) => port >= 1024 && port <= 65_000,
    'must be between 1024 and 65000',
  ).default(7400),
  /** A Redis of your own instead of the one that is started here. */
  REDIS_URL: z.string().min(1).optional(),
  /** A MongoDB of your own instead of the embedded one. */
  MONGODB_URL: z.url().optional(),
  /** Where mail goes instead of the local mailbox: `smtp://host:port`. */
  SMTP_ROUTE: z.url().optional(),
  LOG_LEVEL: z.string().default('info'),
  /** Processes of each service that run side by side. */
  POSTHORN_REPLICAS: z.coerce.number().int().min(1).max(8).default(1),
  RENDERER_THREADS: z.coerce.number().int().min(1).max(64).optional(),
});

/** Where each part of a local instance listens. */
export type Ports = Readonly<{
  gateway: number;
  tracking: number;
  mailboxHttp: number;
  mailboxSmtp: number;
  redis: number;
  mongodb: number;
  rendererHealth: number;
  dispatcherHealth: number;
  automationHealth: number;
  returnsSmtp: number;
  returnsHealth: number;
  submissionSmtp: number;
  submissionSmtps: number;
  submissionHealth: number;
}>;

/** How one local instance is to run. */
export type Settings = Readonly<{
  home: string;
  ports: Ports;
  replicas: number;
  redisUrl: string | undefined;
  mongodbUrl: string | undefined;
  smtpRoute: string | undefined;
  logLevel: string;
  rendererThreads: number;
  /** Handed on to every service as they are, so that what their READMEs name can be set for `npm start` too. */
  passedOn: NodeJS.ProcessEnv;
}>;

/** Reads the settings of `npm start`; a relative POSTHORN_HOME counts from `cwd`. */
export function readSettings(env: NodeJS.ProcessEnv, cwd: string): Settings {
  const parsed = parseEnv(Env, env);
  return {
    home: path.resolve(cwd, parsed.POSTHORN_HOME),
    ports: portsFrom(parsed.POSTHORN_PORT),
    replicas: parsed.POSTHORN_REPLICAS,
    redisUrl: parsed.REDIS_URL,
    mongodbUrl: parsed.MONGODB_URL,
    smtpRoute: parsed.SMTP_ROUTE,
    logLevel: parsed.LOG_LEVEL,
    rendererThreads:
      parsed.RENDERER_THREADS ??
      Math.max(1, Math.floor((availableParallelism() - 2) / parsed.POSTHORN_REPLICAS)),
    passedOn: env,
  };
}

/** How many ports a block has. */
export const blockSize = 14;

/** The block that starts at `first`, in a fixed order, so that a port's meaning can be told from its distance. */
export function portsFrom(first: number): Ports {
  return {
    gateway: first,
    tracking: first + 1,
    mailboxHttp: first + 2,
    mailboxSmtp: first + 3,
    redis: first + 4,
    mongodb: first + 5,
    rendererHealth: first + 6,
    dispatcherHealth: first + 7,
    automationHealth: first + 8,
    returnsSmtp: first + 9,
    returnsHealth: first + 10,
    submissionSmtp: first + 11,
    submissionSmtps: first + 12,
    submissionHealth: first + 13,
  };
}
