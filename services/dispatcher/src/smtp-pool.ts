import type { Outcome } from './outcome.ts';
import type { Route } from './router.ts';
import { createHostDialer } from './smtp/host-dialer.ts';
import { createLinkShelf, type LinkShelf } from './smtp/link-shelf.ts';
import type { MayEnd, OutboundMessage } from './smtp/outbound-message.ts';
import { type OpenedLink, openLink, type SmtpLink } from './smtp/smtp-link.ts';
import type { SmtpTimeouts } from './smtp/smtp-timeouts.ts';

export type SendOptions = Readonly<{
  route: Route;
  /** Source address. */
  ip?: string | undefined;
  /** Connections to hold to the route from that address, in this process. */
  connectionsMax: number;
  mayEnd: MayEnd;
}>;

/** What came of a message. */
export type Sent = Readonly<{
  /** By recipient. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** Host that was spoken to, where there was one. */
  mx: string | undefined;
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

export function createSmtpPool({ ehloName, timeouts, messagesMax, idleMs }: SmtpPoolOptions): SmtpPool {
  const stopping = new AbortController();
  const shelves = new Map<string, LinkShelf>();
  const dialer = createHostDialer((target) => openLink(target, timeouts, stopping.signal), { ehloName });

  function shelfFor({ route, ip }: SendOptions): LinkShelf {
    const key = JSON.stringify([ip, route.hosts, route.tls]);
    const shelf = shelves.get(key) ?? createLinkShelf({ idleMs, messagesMax, ageMsMax: timeouts.sessionMs });
    shelves.set(key, shelf);
    return shelf;
  }

  async function attempt(
    message: OutboundMessage,
    options: SendOptions,
    { isFreshWanted }: { isFreshWanted: boolean },
  ): Promise<Attempt> {
    const shelf = shelfFor(options);
    const kept = await shelf.take(options.connectionsMax, { isFreshWanted, signal: stopping.signal });
    if (kept === 'stopped') return { sent: toAll(message, stopped), wasStale: false };
    const opened: OpenedLink = kept ? { kind: 'open', link: kept } : await dialer.open(options);
    if (opened.kind === 'failed') {
      shelf.giveBack(undefined);
      const outcome = stopping.signal.aborted ? stopped : opened.outcome;
      return { sent: toAll(message, outcome), wasStale: false };
    }
    return await sendOver(opened.link, shelf, message, options);
  }

  async function sendOver(
    link: SmtpLink,
    shelf: LinkShelf,
    message: OutboundMessage,
    { mayEnd }: SendOptions,
  ): Promise<Attempt> {
    const wasKept = link.messageCount > 0;
    let reachedDot = false;
    const outcomes = await link.send(message, {
      timeouts,
      stopping: stopping.signal,
      mayEnd: (accepted) => {
        reachedDot = true;
        return mayEnd(accepted);
      },
    });
    shelf.giveBack(link);
    return {
      sent: { outcomes, mx: link.host },
      wasStale: wasKept && !reachedDot && !link.isOpen && !stopping.signal.aborted,
    };
  }

  return {
    async send(message, options) {
      if (stopping.signal.aborted) return toAll(message, stopped);
      const first = await attempt(message, options, { isFreshWanted: false });
      // The peer had left the kept connection, or was done with it: that says nothing about this message.
      if (!first.wasStale) return first.sent;
      return (await attempt(message, options, { isFreshWanted: true })).sent;
    },
    stop: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const shelf of shelves.values()) shelf.clear();
    },
  };
}

type Attempt = Readonly<{ sent: Sent; wasStale: boolean }>;

const stopped: Outcome = { kind: 'withheld', reason: 'stopping', response: 'the service stops' };

function toAll({ recipients }: OutboundMessage, outcome: Outcome): Sent {
  return { outcomes: new Map(recipients.map((recipient) => [recipient, outcome])), mx: undefined };
}
