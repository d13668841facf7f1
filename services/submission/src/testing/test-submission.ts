import type { SubmissionItem } from '@posthorn/contracts';
import { createStatusIdIssuer, digestsFromSecret, keyringFromSecret } from '@posthorn/mail';
import {
  createByteBudget,
  createClientCaps,
  createProgress,
  Fault,
  silentLogger,
  systemClock,
} from '@posthorn/runtime';
import type { StoredSmtpToken } from '@posthorn/store';
import { createAcceptMessage } from '../accept-message.ts';
import { createCheckLogin } from '../auth/check-login.ts';
import type { LockOut } from '../auth/lock-out.ts';
import { createTokenBook, type TokenBook } from '../auth/token-book.ts';
import type { Repeats, Seed } from '../repeats.ts';
import { createJudgeSender } from '../smtp/judge-envelope.ts';
import { type SmtpOptions, startSmtp } from '../smtp/start-smtp.ts';
import { createTakeMessage } from '../smtp/take-message.ts';
import { makeSelfSigned } from '../tls/self-signed.ts';
import { createTurns } from '../turns.ts';
import { connectRaw, type RawClient, type RawOptions } from './raw-client.ts';

export const secret = 'a secret of at least 32 bytes for tests';
export const accountId = 20_000_001;
export const userName = `abcdefghij@${accountId}.smtp.posthorn`;
export const password = 'a password of thirty letters..';
export const keyring = keyringFromSecret(secret);
const digests = digestsFromSecret(secret);
const certificate = makeSelfSigned('smtp.shop.example', { nowMs: Date.now() });

export function aToken(changes: Partial<StoredSmtpToken> = {}, secretWord = password): StoredSmtpToken {
  return {
    ...{ id: userName, accountId, campaignName: 'Receipts', emailCampaignId: 7, createContact: false },
    ...{ createdAtMs: 1, createdBy: 'test', generation: 1, digest: digests.make(secretWord) },
    ...changes,
  };
}

/** The parts that a test may set, and look at afterwards. */
export type Faked = {
  token: StoredSmtpToken | null;
  isStoreAway: boolean;
  isQueueAway: boolean;
  isSuspended: boolean;
  dedupesMessageId: boolean;
  failures: number;
  waitsMs: number[];
  posted: SubmissionItem[];
  /** Waited for before an item is posted; `isPosting` resolves when one is about to be. */
  beforePost: () => Promise<void>;
  isPosting: PromiseWithResolvers<void>;
};

export type TestSubmission = AsyncDisposable & {
  port: number;
  faked: Faked;
  connect: (options?: RawOptions) => Promise<RawClient>;
  /** Connects, says EHLO and logs in. */
  client: () => Promise<RawClient>;
  /** Hears that the token was changed. */
  forget: () => void;
  /** One message over a connection of its own: the reply to its final dot, or the first refusal. */
  submit: (message: string | Buffer, options?: SubmitOptions) => Promise<string>;
};

export type SubmitOptions = Readonly<{ to?: readonly string[]; mail?: string }>;

/** A message that is accepted, with `changes` to its fields; an empty one is left out. */
export function aMessage(changes: Record<string, string> = {}, body = 'Hello\r\n'): string {
  const fields = { From: 'Shop <shop@shop.example>', To: 'ada@example.com', Subject: 'Hello', ...changes };
  const lines = Object.entries(fields).filter(([, value]) => value !== '');
  return `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** A submission server on a free port, with fakes where it meets Redis and MongoDB. */
export async function startTestSubmission(
  changes: Partial<SmtpOptions> & { budgetBytes?: number; roomWaitMs?: number } = {},
): Promise<TestSubmission> {
  const faked: Faked = {
    ...{ token: aToken(), isStoreAway: false, isQueueAway: false, isSuspended: false },
    ...{ dedupesMessageId: false, failures: 0, waitsMs: [], posted: [] },
    ...{ beforePost: async () => {}, isPosting: Promise.withResolvers<void>() },
  };
  const book = bookOf(faked);
  const server = await startSmtp({ ...optionsOf(faked, book, changes), ...changes });
  const connect = (options?: RawOptions) => connectRaw(server.port, options);
  const client = async () => {
    const raw = await connect();
    await raw.say('EHLO client.example');
    await raw.login(userName, password);
    return raw;
  };
  return {
    ...{ port: server.port, faked, connect, client, forget: () => book.forget(userName) },
    async submit(message, { to = ['ada@example.com'], mail = 'MAIL FROM:<shop@shop.example>' } = {}) {
      await using raw = await client();
      for (const line of [mail, ...to.map((address) => `RCPT TO:<${address}>`), 'DATA']) {
        const reply = await raw.say(line);
        if (!/^[23]/.test(reply)) return reply;
      }
      raw.write(message);
      return await raw.say('.');
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function bookOf(faked: Faked): TokenBook {
  const find = async (id: string) =>
    unlessAway(faked.isStoreAway, faked.token?.id === id ? faked.token : null);
  return createTokenBook({ tokens: { find }, clock: systemClock });
}

async function unlessAway<T>(isAway: boolean, value: T): Promise<T> {
  if (isAway) throw new Fault('unavailable', 'away');
  return value;
}

function optionsOf(
  faked: Faked,
  book: TokenBook,
  { budgetBytes = 128 * 1024 * 1024, roomWaitMs = 50 }: { budgetBytes?: number; roomWaitMs?: number },
): SmtpOptions {
  const [clock, log] = [systemClock, silentLogger];
  const accounts = {
    find: async () => ({ isSuspended: faked.isSuspended, dedupesMessageId: faked.dedupesMessageId }),
  };
  const wait = async (ms: number) => faked.waitsMs.push(ms);
  const accept = createAcceptMessage({
    post: async (item) => {
      faked.isPosting.resolve();
      await faked.beforePost();
      await unlessAway(faked.isQueueAway, undefined);
      faked.posted.push(item);
    },
    maySendFrom: (_account, domain) => unlessAway(faked.isStoreAway, domain === 'shop.example'),
    ...{ repeats: fakeRepeats(), keyring, clock, log },
    statusIds: createStatusIdIssuer(keyring, { processSeed: 1 }),
  });
  return {
    ...{ host: '127.0.0.1', port: 0, isImplicitTls: false, name: 'smtp.shop.example', certificate, log },
    caps: createClientCaps({ max: 100, perClientMax: 50 }),
    pace: {
      ...{ startTimeoutMs: 60_000, idleTimeoutMs: 60_000, bytesPerSecondMin: 0, windowMs: 30_000 },
      ...{ startAdvice: 'Log in sooner', messageBytesHardMax: 70_000_000 },
    },
    allowPlainLogin: true,
    checkLogin: createCheckLogin({
      book,
      lockOut: fakeLockOut(faked),
      digests,
      tokens: { renewDigest: async () => undefined },
      accounts,
      clock,
      log,
      wait,
    }),
    judgeSender: createJudgeSender({ book, accounts, clock }),
    takeMessage: createTakeMessage({
      ...{ accept, clock, log, inTurn: createTurns(2) },
      progress: createProgress({ clock, stuckAfterMs: 1_000 }),
      budget: createByteBudget({ bytesMax: budgetBytes, waitMs: roomWaitMs }),
    }),
  };
}

function fakeLockOut(faked: Faked): LockOut {
  return {
    isLocked: async () => faked.failures >= 10,
    fail: async () => {
      faked.failures += 1;
      return faked.failures;
    },
  };
}

function fakeRepeats(): Repeats {
  const known = new Map<string, { seed: Seed; isAccepted: boolean }>();
  return {
    async claim(key, seed) {
      const kept = known.get(key) ?? { seed, isAccepted: false };
      known.set(key, kept);
      return { kind: kept.isAccepted ? 'accepted' : 'post', seed: kept.seed };
    },
    confirm: async (key, seed) => void known.set(key, { seed, isAccepted: true }),
  };
}
