import type { SubmissionLedger } from '@posthorn/testing';
import { pause } from './pause.ts';
import type { Answer, Submit } from './submit.ts';

/** Sends at a steady pace, whatever happens: each message is asked for again, under the same key, until it is accepted. */
export type Flow = AsyncDisposable & {
  /** Messages that were acknowledged so far. */
  readonly acceptedCount: number;
  /** Begins no more messages; resolves when each that was begun is accepted or given up. */
  finish(): Promise<void>;
};

export type FlowOptions = Readonly<{
  submit: Submit;
  ledger: SubmissionLedger;
  /** Makes addresses of different flows differ; letters and digits. */
  run: string;
  /** Most messages, all of which are sent; without it the flow goes on until `finish`. */
  countMax?: number;
  ratePerSecond: number;
  /** Local parts that ask the sink for a behaviour, in turn; friendly without any. */
  behaviours?: readonly string[];
  /** Local parts of the Cc of every message; none without. */
  cc?: readonly string[];
  domain?: string;
}>;

/** Patience with one message, in milliseconds. */
const giveUpAfterMs = 180_000;
/** Requests under way at once at most, so that a system that is away is not met by all of the rate at once afterwards. */
const openMax = 200;

/**
 * Starts to send. The probe of message n is `<run>-<n>`, those of its Cc `<run>-<n>-<at>`; it is part of the recipient's address
 * after the `+`. Disposing the flow gives up what is not accepted yet.
 */
export function startFlow({
  ratePerSecond,
  countMax = Number.POSITIVE_INFINITY,
  ...about
}: FlowOptions): Flow {
  const open = new Set<Promise<void>>();
  const stop = new AbortController();
  let begun = 0;
  let acceptedCount = 0;
  let isOn = true;

  async function keepPace(): Promise<void> {
    const startedAtMs = performance.now();
    while (isOn && begun < countMax) {
      const due = Math.min(countMax, ((performance.now() - startedAtMs) * ratePerSecond) / 1_000);
      while (begun < due && open.size < openMax) {
        const sent = sendUntilAccepted(about, begun++, stop.signal).then((isAccepted) => {
          if (isAccepted) acceptedCount += 1;
          open.delete(sent);
        });
        open.add(sent);
      }
      await pause(5);
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
      stop.abort();
      await finish();
    },
  };
}

type About = Omit<FlowOptions, 'ratePerSecond' | 'countMax'>;

async function sendUntilAccepted(
  { submit, ledger, run, behaviours = ['ok'], cc = [], domain = 'probe.example' }: About,
  index: number,
  signal: AbortSignal,
): Promise<boolean> {
  const probe = `${run}-${index}`;
  const message = {
    to: `${behaviours[index % behaviours.length]}+${probe}@${domain}`,
    cc: cc.map((behaviour, at) => `${behaviour}+${probe}-${at}@${domain}`),
    key: probe,
  };
  const probes = [probe, ...cc.map((_, at) => `${probe}-${at}`)];
  const note = (answer: Answer, atMs = Date.now()) =>
    Promise.all(probes.map((name) => ledger.append({ ...entryOf(answer, submit), probe: name, atMs })));

  const deadline = performance.now() + giveUpAfterMs;
  await Promise.all(
    probes.map((name) => ledger.append({ kind: 'submitted', probe: name, atMs: Date.now() })),
  );
  while (performance.now() < deadline && !signal.aborted) {
    const answer = await submit.send(message);
    await note(answer);
    if (answer && 'statusId' in answer) return true;
    await pause(100 + 400 * Math.random());
  }
  return false;
}

function entryOf(answer: Answer, { isKeyed }: Submit) {
  if (!answer) return { kind: 'unanswered', isKeyed } as const;
  return 'code' in answer
    ? ({ kind: 'refused', ...answer } as const)
    : ({ kind: 'accepted', ...answer } as const);
}
