import type { Socket } from 'node:net';
import type { Log } from '../durability/store.ts';
import type { Doc } from '../values/doc.ts';
import { refusalDoc } from './dispatch.ts';
import { MessageReader } from './message-reader.ts';
import { encodeReply, parseRequest, type Request, requestIdOf } from './wire.ts';

type ConnectionDeps = {
  connectionId: number;
  dispatch: (request: Request, connectionId: number) => Promise<Doc>;
  log: Log;
};

/** Serves one client until it leaves: one message after the other, since answers must keep the order of requests. */
export async function serveConnection(
  socket: Socket,
  { connectionId, dispatch, log }: ConnectionDeps,
): Promise<void> {
  socket.setNoDelay(true);
  const reader = new MessageReader();
  try {
    for await (const chunk of socket) {
      for (const message of reader.push(chunk)) {
        const reply = await answer(message, (request) => dispatch(request, connectionId));
        if (!reply || socket.destroyed) continue;
        socket.write(reply);
      }
    }
  } catch (error) {
    // A client that goes away without a word is not news; bytes that are no message are.
    if (!isConnectionLoss(error)) log.warn({ connectionId, reason: String(error) }, 'connection closed');
  } finally {
    socket.destroy();
  }
}

async function answer(
  message: Buffer,
  dispatch: (request: Request) => Promise<Doc>,
): Promise<Buffer | undefined> {
  let request: Request;
  try {
    request = parseRequest(message);
  } catch (error) {
    return encodeReply({ requestId: requestIdOf(message), isQuery: false }, refusalDoc(error));
  }
  const body = await dispatch(request);
  return request.isUnacknowledged ? undefined : encodeReply(request, body);
}

function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(String(error.code));
}
