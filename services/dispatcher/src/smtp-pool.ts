import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptTls, Conversation } from '@posthorn/contracts';
import type { HeldConnections } from './attempt-telemetry.ts';
import type { Outcome } from './outcome.ts';
import type { Route } from './router.ts';
import { type ConnectionLease, HeldLease } from './smtp/held-lease.ts';
import { createHostDialer, type HostDialer, type LinkSource } from './smtp/host-dialer.ts';
import { LinkShelf, type TakeOptions } from './smtp/link-shelf.ts';
import type { MayEnd, OutboundMessage } from './smtp/outbound-message.ts';
import { type OpenedLink, openLink, type SmtpLink } from './smtp/smtp-link.ts';
import type { SmtpTimeouts } from './smtp/smtp-timeouts.ts';
import { createTranscript, type Transcript } from './smtp/transcript.ts';

export type SendOptions = Readonly<{
  route: Route;
  /** What to send from; the system chooses without it. */
  source?: LinkSource | undefined;
  /** Connections to hold to the route's site from that address, in this process. */
  connectionsMax: number;
  /** Messages that one connection may carry, where that is less than the pool's. */
  messagesMax?: number | undefined;
  /**
   * Asks for leave to hold one more connection, where dispatchers share `connectionsMax`. With it a message that finds no
   * place soon is not sent but put off (`untried`).
   */
  connect?: (() => Promise<ConnectionLease | undefined>) | undefined;
  /** Messages that may wait in this process for a connection; any number without it. */
  waitersMax?: number | undefined;
  /** Asked when a connection is at hand, and before anything is said over it: false puts the message off. */
  confirm?: (() => Promise<boolean>) | undefined;
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
  conversation?: Conversation;
  /** Nobody was spoken to, and there are no outcomes: all connections are taken, or the source is not there (row F54). */
  untried?: Untried | undefined;
}>;

export type Untried =
  /** `delayMs`: when there may be a place. */
  | Readonly<{ kind: 'crowded'; delayMs: number }>
  /** It was not confirmed. */
  | Readonly<{ kind: 'late' }>
  | Readonly<{ kind: 'source-gone' }>;

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
  /** What is open or being opened now, by source address and site. */
  connections: () => readonly HeldConnections[];
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
  readonly #shelves = new Map<string, Shelf>();
  readonly #held = new Set<HeldLease>();
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
    return { ...attempt.sent, conversation: transcript.conversation() };
  }

  stop(): void {
    this.#stopping.abort();
  }

  readonly connections = (): HeldConnections[] =>
    [...this.#shelves.values()].map(({ shelf, ip, site }) => ({ ip, site, count: shelf.heldCount }));

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    for (const { shelf } of this.#shelves.values()) shelf.clear();
    // Whoever counts connections should not hear that they are free before they are.
    const released = Promise.all([...this.#held].map(({ released }) => released));
    if (this.#held.size > 0) await Promise.race([released, delay(lastReleasesMs, undefined, { ref: false })]);
  }

  async #attempt(
    message: OutboundMessage,
    options: SendOptions,
    { isFreshWanted, transcript }: { isFreshWanted: boolean; transcript: Transcript },
  ): Promise<Attempt> {
    const { signal } = this.#stopping;
    const shelf = this.#shelfFor(options);
    const key = keyOf(options.route);
    const place = await this.#place(shelf, options, { key, isFreshWanted, signal });
    if (place === 'stopped') return { sent: toAll(message, stopped), wasStale: false };
    if (place === 'crowded')
      return putOff({ kind: 'crowded', delayMs: shelf.nextPlaceMs(options.connectionsMax) });
    const opened: OpenedLink =
      'link' in place ? place : await this.#open(place.lease, { ...options, transcript });
    if (opened.kind === 'open')
      return await this.#sendOver(opened.link, shelf, message, { ...options, transcript });
    shelf.giveBack(undefined, key);
    if (opened.isSourceGone && !signal.aborted) return putOff({ kind: 'source-gone' });
    const sent = toAll(message, signal.aborted ? stopped : opened.outcome);
    return { sent: { ...sent, tls: opened.tls }, wasStale: false };
  }

  /** A connection that rests, or leave of all dispatchers to open one. */
  async #place(
    shelf: LinkShelf,
    { connectionsMax, connect, waitersMax }: SendOptions,
    wanted: TakeOptions,
  ): Promise<Place> {
    for (;;) {
      const kept = await shelf.take(connectionsMax, { ...wanted, waitersMax });
      if (kept === 'stopped' || kept === 'crowded') return kept;
      if (kept) return { kind: 'open', link: kept };
      const lease = connect && (await this.#lease(shelf, connect));
      if (lease || !connect) return { lease };
      shelf.refuse();
    }
  }

  /** Undefined where others hold all there may be, and where they cannot be counted. */
  async #lease(
    shelf: LinkShelf,
    connect: () => Promise<ConnectionLease | undefined>,
  ): Promise<ConnectionLease | undefined> {
    for (;;) {
      const lease = await connect().catch(() => undefined);
      if (lease || !shelf.hasJustLeft || this.#stopping.signal.aborted) return lease;
      await delay(closingMs);
    }
  }

  async #open(
    lease: ConnectionLease | undefined,
    along: SendOptions & { transcript: Transcript },
  ): Promise<OpenedLink> {
    const held = lease && this.#hold(lease);
    const opened = await this.#dialer.open({ ...along, watch: held?.watch });
    held?.over();
    return opened;
  }

  async #sendOver(
    link: SmtpLink,
    shelf: LinkShelf,
    message: OutboundMessage,
    options: SendOptions & { transcript: Transcript },
  ): Promise<Attempt> {
    const { mayEnd, route, transcript, messagesMax, connect, connectionsMax, confirm } = options;
    const use = { messagesMax, sharedMax: connect && connectionsMax };
    if (confirm && !(await confirm())) {
      shelf.giveBack(link, keyOf(route), use);
      return putOff({ kind: 'late' });
    }
    const stopping = this.#stopping.signal;
    const beganAtMs = performance.now();
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
    shelf.noteUse(performance.now() - beganAtMs);
    shelf.giveBack(link, keyOf(route), use);
    const wasStale = wasKept && !reachedDot && !link.isOpen && !stopping.aborted;
    return { sent: { outcomes, mx: link.host, tls: link.tls }, wasStale };
  }

  #hold(lease: ConnectionLease): HeldLease {
    const held = new HeldLease(lease);
    this.#held.add(held);
    void held.released.then(() => this.#held.delete(held));
    return held;
  }

  #shelfFor({ route, source }: SendOptions): LinkShelf {
    const { site } = route;
    const ip = source?.address;
    const key = `${ip} ${site}`;
    const known = this.#shelves.get(key);
    if (known) return known.shelf;
    if (this.#shelves.size >= shelvesMax) this.#forgetEmptyShelves();
    const { idleMs, messagesMax, timeouts } = this.#options;
    const shelf = new LinkShelf({ idleMs, messagesMax, ageMsMax: timeouts.sessionMs });
    this.#shelves.set(key, { shelf, ip, site });
    return shelf;
  }

  #forgetEmptyShelves(): void {
    for (const [key, { shelf }] of this.#shelves) if (shelf.isEmpty) this.#shelves.delete(key);
  }
}

function keyOf({ key, hosts, tls }: Route): string {
  return key ?? JSON.stringify([hosts, tls]);
}

/** How long disposing waits for connections that were left to be closed: a little longer than `SmtpLink.quit` lets them. */
const lastReleasesMs = 1_200;

/** Between two looks for the place of a connection that was just left. */
const closingMs = 50;

/** Sites remembered before those without a connection are forgotten. */
const shelvesMax = 1_000;

type Shelf = Readonly<{ shelf: LinkShelf; ip: string | undefined; site: string }>;
type Attempt = Readonly<{ sent: Sent; wasStale: boolean }>;
type Place =
  | 'stopped'
  | 'crowded'
  | Extract<OpenedLink, { kind: 'open' }>
  | Readonly<{ lease: ConnectionLease | undefined }>;

function putOff(untried: Untried): Attempt {
  return { sent: { outcomes: new Map(), mx: undefined, untried }, wasStale: false };
}

const stopped: Outcome = { kind: 'withheld', reason: 'stopping', response: 'the service stops' };

function toAll({ recipients }: OutboundMessage, outcome: Outcome): Sent {
  return { outcomes: new Map(recipients.map((recipient) => [recipient, outcome])), mx: undefined };
}
