import type { AttemptTls, ConversationLine } from '@posthorn/contracts';
import type { Outcome } from './outcome.ts';
import type { Route } from './router.ts';
import { createHostDialer, type HostDialer } from './smtp/host-dialer.ts';
import { LinkShelf } from './smtp/link-shelf.ts';
import type { MayEnd, OutboundMessage } from './smtp/outbound-message.ts';
import { type OpenedLink, openLink, type SmtpLink } from './smtp/smtp-link.ts';
import type { SmtpTimeouts } from './smtp/smtp-timeouts.ts';
import { createTranscript, type Transcript } from './smtp/transcript.ts';

export type SendOptions = Readonly<{
  route: Route;
  /** Source address. */
  ip?: string | undefined;
  /** Connections to hold to the route's site from that address, in this process. */
  connectionsMax: number;
  mayEnd: MayEnd;
}>;

/** What came of a message. */
export type Sent = Readonly<{
  /** By recipient. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** Host that was spoken to, where there was one. */
  mx: string | undefined;
  /** How the connection was protected; undefined in plain where nobody demanded more. */
  tls?: AttemptTls | undefined;
  /** What was said and done since `send` was called. */
  conversation?: readonly ConversationLine[];
}>;

/**
 * Sends messages over kept SMTP connections.
 *
 * Disposing it says QUIT on those that rest; messages under way are not waited for.
 */
export type SmtpPool = AsyncDisposable & {
  /** Sends one message; resolves with an outcome for each of its recipients and never rejects. */
  send(message: OutboundMessage, options: SendOptions): Promise<Sent>;
  /**
   * Breaks off what has not reached its final dot, which delivers nothing twice; the rest goes on until its reply.
   * Every later `send` is withheld.
   */
  stop(): void;
};

export type SmtpPoolOptions = Readonly<{
  /** What we call ourselves; must resolve to the source address (RFC 5321, section 4.1.1.1). */
  ehloName: string;
  timeouts: SmtpTimeouts;
  /** A connection is left after this many messages; receivers limit it. */
  messagesMax: number;
  /** A connection that rests this long is left, before the peer does so at its own time. */
  idleMs: number;
}>;

export function createSmtpPool(options: SmtpPoolOptions): SmtpPool {
  return new KeptSmtpPool(options);
}

class KeptSmtpPool implements SmtpPool {
  readonly #options: SmtpPoolOptions;
  readonly #stopping = new AbortController();
  readonly #shelves = new Map<string, LinkShelf>();
  readonly #dialer: HostDialer;

  constructor(options: SmtpPoolOptions) {
    this.#options = options;
    const { timeouts } = options;
    this.#dialer = createHostDialer((target) => openLink(target, timeouts, this.#stopping.signal), options);
  }

  async send(message: OutboundMessage, options: SendOptions): Promise<Sent> {
    if (this.#stopping.signal.aborted) return toAll(message, stopped);
    const transcript = createTranscript();
    let attempt = await this.#attempt(message, options, { isFreshWanted: false, transcript });
    // The peer had left the kept connection, or was done with it: that says nothing about this message.
    if (attempt.wasStale)
      attempt = await this.#attempt(message, options, { isFreshWanted: true, transcript });
    return { ...attempt.sent, conversation: transcript.lines() };
  }

  stop(): void {
    this.#stopping.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    for (const shelf of this.#shelves.values()) shelf.clear();
  }

  async #attempt(
    message: OutboundMessage,
    options: SendOptions,
    { isFreshWanted, transcript }: { isFreshWanted: boolean; transcript: Transcript },
  ): Promise<Attempt> {
    const { signal } = this.#stopping;
    const shelf = this.#shelfFor(options);
    const key = keyOf(options.route);
    const kept = await shelf.take(options.connectionsMax, { key, isFreshWanted, signal });
    if (kept === 'stopped') return { sent: toAll(message, stopped), wasStale: false };
    const opened: OpenedLink = kept
      ? { kind: 'open', link: kept }
      : await this.#dialer.open({ ...options, transcript });
    if (opened.kind === 'open')
      return await this.#sendOver(opened.link, shelf, message, { ...options, transcript });
    shelf.giveBack(undefined, key);
    const sent = toAll(message, signal.aborted ? stopped : opened.outcome);
    return { sent: { ...sent, tls: opened.tls }, wasStale: false };
  }

  async #sendOver(
    link: SmtpLink,
    shelf: LinkShelf,
    message: OutboundMessage,
    { mayEnd, route, transcript }: SendOptions & { transcript: Transcript },
  ): Promise<Attempt> {
    const stopping = this.#stopping.signal;
    const wasKept = link.messageCount > 0;
    let reachedDot = false;
    const outcomes = await link.send(message, {
      timeouts: this.#options.timeouts,
      ...{ stopping, transcript },
      mayEnd: (accepted) => {
        reachedDot = true;
        return mayEnd(accepted);
      },
    });
    shelf.giveBack(link, keyOf(route));
    const wasStale = wasKept && !reachedDot && !link.isOpen && !stopping.aborted;
    return { sent: { outcomes, mx: link.host, tls: link.tls }, wasStale };
  }

  #shelfFor({ route, ip }: SendOptions): LinkShelf {
    const key = `${ip} ${route.site}`;
    const known = this.#shelves.get(key);
    if (known) return known;
    if (this.#shelves.size >= shelvesMax) this.#forgetEmptyShelves();
    const { idleMs, messagesMax, timeouts } = this.#options;
    const shelf = new LinkShelf({ idleMs, messagesMax, ageMsMax: timeouts.sessionMs });
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #forgetEmptyShelves(): void {
    for (const [key, shelf] of this.#shelves) if (shelf.isEmpty) this.#shelves.delete(key);
  }
}

function keyOf({ key, hosts, tls }: Route): string {
  return key ?? JSON.stringify([hosts, tls]);
}

/** Sites remembered before those without a connection are forgotten. */
const shelvesMax = 1_000;

type Attempt = Readonly<{ sent: Sent; wasStale: boolean }>;

const stopped: Outcome = { kind: 'withheld', reason: 'stopping', response: 'the service stops' };

function toAll({ recipients }: OutboundMessage, outcome: Outcome): Sent {
  return { outcomes: new Map(recipients.map((recipient) => [recipient, outcome])), mx: undefined };
}
