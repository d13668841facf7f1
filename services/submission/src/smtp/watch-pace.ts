import type { SubmissionConnection } from './submission-connection.ts';

export type PaceLimits = Readonly<{
  /** From the connection to the end of the login. */
  loginTimeoutMs: number;
  /** Between two whole commands. */
  idleTimeoutMs: number;
  /** Least a client must send of a message, in bytes a second, over each window. */
  bytesPerSecondMin: number;
  /** Over which the rate is looked at. */
  windowMs: number;
  /** Past that many bytes a message is not even read to its end (row S13). */
  messageBytesHardMax: number;
}>;

type Window = { dataBytes: number; beganAtMs: number };

/**
 * Looks after slow clients (rows F34, S17): each phase has its deadline, which trickled bytes do not extend. Ends those
 * who miss one with 421. `look` is to be called about once a second with the connections and the monotonic time.
 */
export function createPaceWatch(limits: PaceLimits) {
  const windows = new WeakMap<SubmissionConnection, Window>();

  function isTooSlow(connection: SubmissionConnection, dataBytes: number, nowMs: number): boolean {
    const window = windows.get(connection);
    if (!window) windows.set(connection, { dataBytes, beganAtMs: nowMs });
    if (!window || nowMs - window.beganAtMs < limits.windowMs) return false;
    // Held back by us, not by the client: the message waits for room.
    const isHeld = isHeldBack(connection);
    const isSlow = dataBytes - window.dataBytes < (limits.bytesPerSecondMin * limits.windowMs) / 1_000;
    windows.set(connection, { dataBytes, beganAtMs: nowMs });
    return isSlow && !isHeld;
  }

  function judge(connection: SubmissionConnection, nowMs: number): string | undefined {
    const parser = connection._parser;
    if (parser !== false && parser._dataMode) {
      connection.commandAtMs = nowMs;
      if (parser.dataBytes > limits.messageBytesHardMax) return '4.3.1 Message far too large';
      return isTooSlow(connection, parser.dataBytes, nowMs)
        ? '4.4.2 Too slow: send the message faster'
        : undefined;
    }
    windows.delete(connection);
    if (connection.session.user === undefined || connection.session.user === false)
      return nowMs - connection.connectedAtMs > limits.loginTimeoutMs ? '4.4.2 Log in sooner' : undefined;
    if (connection._handlerPending || connection._dataStream) connection.commandAtMs = nowMs;
    return nowMs - connection.commandAtMs > limits.idleTimeoutMs ? '4.4.2 Idle for too long' : undefined;
  }

  return {
    look(connections: Iterable<SubmissionConnection>, nowMs: number): void {
      for (const connection of connections) {
        const problem = judge(connection, nowMs);
        if (problem !== undefined) connection.send(421, problem);
      }
    },
  };
}

function isHeldBack({ _dataStream: stream }: SubmissionConnection): boolean {
  return stream ? stream.readableLength > 0 : false;
}
