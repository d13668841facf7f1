/** What the sink does at one point of a conversation. */
export type SinkStep = Readonly<{
  /** Reply lines without the last CRLF; nothing is written where it is missing. */
  text?: string;
  /** The reply in pieces, each written as a packet of its own. */
  pieces?: readonly string[];
  /** Waits this long before the reply. */
  delayMs?: number;
  /** `silence`: never says anything again; `reset`: a TCP RST after the reply. */
  after?: 'close' | 'reset' | 'silence';
}>;

/** How the sink treats one recipient. A missing step is what a friendly server does. */
export type SinkBehaviour = Readonly<{
  rcpt?: SinkStep;
  data?: SinkStep;
  /** Taken when the first bytes of the message arrive. */
  body?: SinkStep;
  dot?: SinkStep;
  /** Whether the sink takes responsibility at the final dot, whatever it then says; default true unless `dot` refuses. */
  isAccepted?: boolean;
  /** Refused with 451 until this long after the first try of (ip, sender, recipient). */
  greylistMs?: number;
}>;

const accepted = '250 2.0.0 accepted';

const enhanced: Readonly<Record<string, string>> = {
  '421': '4.3.2 closing',
  '450': '4.2.1 mailbox busy',
  '451': '4.7.1 try again later',
  '452': '4.2.2 mailbox full',
  '550': '5.1.1 no such user',
  '552': '5.3.4 message too big',
  '554': '5.7.1 refused by policy',
};

const named: Readonly<Record<string, SinkBehaviour>> = {
  ok: {},
  'drop-in-rcpt': { rcpt: { after: 'close' } },
  'drop-after-354': { data: { text: '354 go on', after: 'close' } },
  'drop-in-data': { body: { after: 'close' } },
  'drop-at-dot': { dot: { after: 'close' }, isAccepted: false },
  'drop-after-dot': { dot: { after: 'close' }, isAccepted: true },
  'no-rcpt-reply': { rcpt: { after: 'silence' } },
  'no-354': { data: { after: 'silence' } },
  'no-final-reply': { dot: { after: 'silence' }, isAccepted: true },
  '250-then-rst': { dot: { text: accepted, after: 'reset' } },
  '250-then-close': { dot: { text: accepted, after: 'close' } },
  '552-size': { dot: { text: '552 5.3.4 message too big' } },
  multiline: { dot: { text: `250-2.0.0 thank you\r\n250-2.0.0 very much\r\n${accepted}` } },
  'long-reply': { dot: { text: `${'250-2.0.0 on and on\r\n'.repeat(50_000)}${accepted}` } },
  garbage: { dot: { text: 'lorem ipsum dolor' }, isAccepted: false },
  'garbage-rcpt': { rcpt: { text: 'lorem ipsum dolor' } },
  'split-250': { dot: { pieces: ['2', '50 2.', '0.0 acc', 'epted\r', '\n'] } },
  'twice-250': { dot: { text: `${accepted}\r\n${accepted}` } },
  'early-250': { data: { text: `354 go on\r\n${accepted}` } },
};

/**
 * Reads a behaviour from a recipient's local part; what follows a `+` only makes the address unique.
 *
 * Besides the names above: `<code>-rcpt`, `<code>-data`, `<code>-dot` refuse with that code at that step (421 also
 * closes), `greylist-<seconds>`, `tarpit-<seconds>` before every reply, `slow-dot-<milliseconds>` accepts and then
 * waits before it says so. `mixed` is 250, 451, 550 for the first, second and third recipient of a message. Any
 * other name is a friendly mailbox.
 */
export function behaviourOf(localPart: string, index: number): SinkBehaviour {
  const name = localPart.split('+', 1)[0] ?? '';
  if (name === 'mixed') return mixed(index);
  return named[name] ?? refusal(name) ?? delay(name) ?? {};
}

function mixed(index: number): SinkBehaviour {
  return refusal(['', '451-rcpt', '550-rcpt'][index % 3] ?? '') ?? {};
}

function refusal(name: string): SinkBehaviour | undefined {
  const [, code = '', stage = ''] = /^(\d{3})-(rcpt|data|dot)$/.exec(name) ?? [];
  if (!stage) return undefined;
  const text = `${code} ${enhanced[code] ?? 'no reason given'}`;
  const step: SinkStep = code === '421' ? { text, after: 'close' } : { text };
  return { [stage]: step };
}

function delay(name: string): SinkBehaviour | undefined {
  const [, kind, amount] = /^(greylist|tarpit|slow-dot)(?:-(\d+))?$/.exec(name) ?? [];
  if (kind === 'greylist') return { greylistMs: Number(amount ?? 0) * 1_000 };
  if (kind === 'slow-dot') return { dot: { delayMs: Number(amount ?? 100) } };
  if (kind !== 'tarpit') return undefined;
  const step = { delayMs: Number(amount ?? 1) * 1_000 };
  return { rcpt: step, data: step, dot: step };
}
