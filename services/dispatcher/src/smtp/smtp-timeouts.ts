/** How long each step of a conversation may take, in milliseconds. Source: RFC 5321, section 4.5.3.2. */
export type SmtpTimeouts = Readonly<{
  /** TCP connect, all addresses of a host together. */
  connectMs: number;
  /** From the connection to the banner, and again from there to a usable session (EHLO, STARTTLS, login). */
  bannerMs: number;
  /** MAIL and RCPT. */
  commandMs: number;
  /** From the last RCPT to the 354. */
  dataMs: number;
  /** Without progress while the message is written. */
  blockMs: number;
  /**
   * From the final dot to its reply. Short ones make duplicates: the peer may have the message and be busy with it
   * (RFC 1047, row F26).
   */
  finalDotMs: number;
  /** Everything before the final dot together, so that a peer that dribbles cannot hold us (row F23). */
  sessionMs: number;
}>;

export const defaultSmtpTimeouts: SmtpTimeouts = {
  connectMs: 30_000,
  bannerMs: 300_000,
  commandMs: 300_000,
  dataMs: 120_000,
  blockMs: 180_000,
  finalDotMs: 600_000,
  sessionMs: 1_800_000,
};

/** The timer of one conversation. Steps follow one another, so starting one ends the one before. */
export type PhaseTimer = Disposable & {
  /** `isCapped` false lets a step outlast the session's cap. Does nothing once disposed. */
  start(phase: string, timeoutMs: number, isCapped?: boolean): void;
};

/** `onTimeout` is called at most once, with the step that took too long. */
export function createPhaseTimer(sessionMs: number, onTimeout: (phase: string) => void): PhaseTimer {
  const endsAtMs = performance.now() + sessionMs;
  let timer: NodeJS.Timeout | undefined;
  let isDisposed = false;

  return {
    start(phase, timeoutMs, isCapped = true) {
      clearTimeout(timer);
      if (isDisposed) return;
      const leftMs = isCapped ? Math.max(0, endsAtMs - performance.now()) : Number.POSITIVE_INFINITY;
      timer = setTimeout(() => onTimeout(phase), Math.min(timeoutMs, leftMs));
    },
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}
