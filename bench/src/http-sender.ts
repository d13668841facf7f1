import { connect } from 'node:net';

/** One kept connection that asks one thing at a time, cheap enough not to be what is measured. */
export type HttpSender = Disposable & {
  /** Sends a finished request and resolves with the status and body of its answer, which must carry Content-Length. */
  ask: (request: Buffer) => Promise<{ status: number; body: string }>;
};

/** Connects to `port` on loopback. A connection that ends while an answer is awaited rejects that answer. */
export function createHttpSender(port: number): HttpSender {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received: Buffer = Buffer.alloc(0);
  let waiting: PromiseWithResolvers<{ status: number; body: string }> | undefined;

  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (!answer) return;
    received = Buffer.alloc(0);
    waiting?.resolve(answer);
    waiting = undefined;
  });
  for (const event of ['close', 'error'] as const) {
    socket.on(event, () => waiting?.reject(new Error('The connection ended before the answer')));
  }

  return {
    ask(request) {
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** A whole request; `headers` end each line with CRLF. */
export function requestOf(method: string, path: string, headers: string, body = ''): Buffer {
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: bench\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function readAnswer(bytes: Buffer): { status: number; body: string } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (bytes.length < headEnd + 4 + length) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    body: bytes.toString('utf8', headEnd + 4, headEnd + 4 + length),
  };
}
