import type { RunningInstance } from '@posthorn/local';
import type { SubmissionLedger } from '@posthorn/testing';
import { z } from 'zod';

/** Sends at a steady pace, whatever happens: each message is asked for again, under the same key, until it is accepted. */
export type Flow = AsyncDisposable & {
  /** Messages that were acknowledged so far. */
  readonly acceptedCount: number;
  /** Begins no more messages; resolves when each that was begun is accepted or given up. */
  finish(): Promise<void>;
};

export type FlowOptions = Readonly<{
  instance: RunningInstance;
  emailId: number;
  ledger: SubmissionLedger;
  /** Makes addresses of different runs differ; letters and digits. */
  run: string;
  /** Most messages; without it the flow goes on until `finish`. */
  countMax?: number;
  ratePerSecond: number;
  /** Local parts that ask the sink for a behaviour, in turn; friendly without any. */
  behaviours?: readonly string[];
}>;

/** No answer within this long counts as none. */
const answerTimeoutMs = 5_000;
/** Patience with one message, in milliseconds. */
const giveUpAfterMs = 180_000;
/** Requests under way at once at most, so that a system that is away is not met by all of the rate at once afterwards. */
const openMax = 200;

const Answer = z.object({ statusId: z.string() });

/** Starts to send. The probe of message n is `<run>-<n>`; it is part of the recipient's address after the `+`. */
export function startFlow({
  ratePerSecond,
  countMax = Number.POSITIVE_INFINITY,
  ...about
}: FlowOptions): Flow {
  const open = new Set<Promise<void>>();
  let begun = 0;
  let acceptedCount = 0;
  let isOn = true;

  async function keepPace(): Promise<void> {
    const startedAtMs = performance.now();
    while (isOn && begun < countMax) {
      const due = Math.min(countMax, ((performance.now() - startedAtMs) * ratePerSecond) / 1_000);
      while (begun < due && open.size < openMax) {
        const sent = sendUntilAccepted(about, begun++).then((isAccepted) => {
          if (isAccepted) acceptedCount += 1;
          open.delete(sent);
        });
        open.add(sent);
      }
      await new Promise((go) => setTimeout(go, 5));
    }
  }

  const pace = keepPace();
  async function finish(): Promise<void> {
    if (countMax === Number.POSITIVE_INFINITY) isOn = false;
    await pace;
    await Promise.all(open);
  }
  return {
    get acceptedCount() {
      return acceptedCount;
    },
    finish,
    async [Symbol.asyncDispose]() {
      isOn = false;
      await finish();
    },
  };
}

type About = Omit<FlowOptions, 'ratePerSecond' | 'countMax'>;

async function sendUntilAccepted(
  { ledger, run, behaviours = ['ok'], ...to }: About,
  index: number,
): Promise<boolean> {
  const probe = `${run}-${index}`;
  const address = `${behaviours[index % behaviours.length]}+${probe}@probe.example`;
  const deadline = performance.now() + giveUpAfterMs;
  await ledger.append({ kind: 'submitted', probe, atMs: Date.now() });
  while (performance.now() < deadline) {
    const answer = await post(to, address, probe);
    if (typeof answer === 'string') {
      await ledger.append({ kind: 'accepted', probe, statusId: answer, atMs: Date.now() });
      return true;
    }
    const entry =
      answer === undefined ? { kind: 'unanswered' as const } : { kind: 'refused' as const, code: answer };
    await ledger.append({ ...entry, probe, atMs: Date.now() });
    await new Promise((go) => setTimeout(go, 100 + 400 * Math.random()));
  }
  return false;
}

/** The statusId, the code of a refusal, or undefined when no answer came. */
async function post(
  { instance: { apiUrl, apiKey }, emailId }: Pick<About, 'instance' | 'emailId'>,
  to: string,
  key: string,
): Promise<string | number | undefined> {
  try {
    const response = await fetch(`${apiUrl}/marketing/v3/transactional/single-email/send`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ emailId, message: { to }, customProperties: { order: key } }),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    const text = await response.text();
    return response.status === 200 ? Answer.parse(JSON.parse(text)).statusId : response.status;
  } catch {
    return undefined;
  }
}
