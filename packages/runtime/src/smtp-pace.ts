/** Limits the time that a client of one of our SMTP servers may take. */
export type PaceLimits = Readonly<{
  /** From the connection, or the end of the message before, to where the client can send a message. */
  startTimeoutMs: number;
  /** Ends the 421 reply to a client that misses `startTimeoutMs`: what it should have done. */
  startAdvice: string;
  /** Between two whole commands. */
  idleTimeoutMs: number;
  /** Least that a client must send of a message, in bytes per second, over each window. */
  bytesPerSecondMin: number;
  /** Time over which the rate is measured. */
  windowMs: number;
  /** Longest time that one message may take, however fast it comes in. Unlimited if absent. */
  messageTimeoutMs?: number;
  /** A message beyond this size is not even read to its end (row S13). */
  messageBytesHardMax: number;
}>;

/** The part of an SMTP connection that the watch looks at. Times are monotonic (`performance.now()`). */
export type PacedConnection = {
  /** When the start deadline began to run; undefined once the client has done what it is for. */
  readonly waitsSinceMs: number | undefined;
  /** When the latest whole command came. The watch moves it while the client waits for us or sends a message. */
  commandAtMs: number;
  /** Number of bytes of the message that have come in; undefined outside of a message. */
  readonly messageBytes: number | undefined;
  /** True if a message waits for us, and not for the client. */
  readonly isHeldBack: boolean;
  /** True if the client waits for a reply of ours. */
  readonly isBusy: boolean;
  send(code: 421, text: string): void;
};

type Progress = { bytes: number; windowAtMs: number; messageAtMs: number };

/**
 * Creates the watch that ends slow clients with 421 (rows F34, S17). Each phase has a deadline, which trickled bytes
 * do not extend. Call `look` about once a second with the open connections and the monotonic time.
 */
export function createPaceWatch<Connection extends PacedConnection>(limits: PaceLimits) {
  const progresses = new WeakMap<Connection, Progress>();

  function judge(connection: Connection, nowMs: number): string | undefined {
    const { messageBytes } = connection;
    if (messageBytes !== undefined) {
      connection.commandAtMs = nowMs;
      return judgeMessage(connection, messageBytes, nowMs);
    }
    progresses.delete(connection);
    if (connection.isBusy) connection.commandAtMs = nowMs;
    const { waitsSinceMs = nowMs, commandAtMs } = connection;
    if (nowMs - waitsSinceMs > limits.startTimeoutMs) return `4.4.2 ${limits.startAdvice}`;
    return nowMs - commandAtMs > limits.idleTimeoutMs ? '4.4.2 Idle for too long' : undefined;
  }

  function judgeMessage(connection: Connection, bytes: number, nowMs: number): string | undefined {
    if (bytes > limits.messageBytesHardMax) return '4.3.1 Message far too large';
    const progress = progresses.get(connection);
    if (!progress) {
      progresses.set(connection, { bytes, windowAtMs: nowMs, messageAtMs: nowMs });
      return undefined;
    }
    const tooSlow = '4.4.2 Too slow: send the message faster';
    if (nowMs - progress.messageAtMs > (limits.messageTimeoutMs ?? Infinity)) return tooSlow;
    if (nowMs - progress.windowAtMs < limits.windowMs) return undefined;
    const isSlow = bytes - progress.bytes < (limits.bytesPerSecondMin * limits.windowMs) / 1_000;
    progresses.set(connection, { ...progress, bytes, windowAtMs: nowMs });
    return isSlow && !connection.isHeldBack ? tooSlow : undefined;
  }

  return {
    look(connections: Iterable<Connection>, nowMs: number): void {
      for (const connection of connections) {
        const problem = judge(connection, nowMs);
        if (problem !== undefined) connection.send(421, problem);
      }
    },
  };
}
