import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Limits against slow and oversized requests (rows A01, A08, F34). */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const keepAliveTimeoutMs = 65_000;
const headerBytesMax = 16 * 1024;

/** Makes the HTTP server. What Node's parser refuses is answered in the same JSON shape as everything else. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: headerBytesMax,
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    listener,
  );
  server.on('clientError', (error, socket) => refuse(codeOf(error), socket));
  return server;
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

function refuse(code: string, socket: Duplex): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  const { status, message, category } = reasons[code] ?? malformed;
  const correlationId = randomUUID();
  const body = JSON.stringify({ status: 'error', message, correlationId, category });
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json;charset=utf-8',
    `X-HubSpot-Correlation-Id: ${correlationId}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

type Reason = { status: string; message: string; category: string };

const malformed: Reason = {
  status: '400 Bad Request',
  message: 'The request is not valid HTTP/1.1.',
  category: 'VALIDATION_ERROR',
};

const reasons: Readonly<Record<string, Reason>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'The request did not arrive in time.',
    category: 'TIMEOUT',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: `The headers are larger than ${headerBytesMax} bytes.`,
    category: 'VALIDATION_ERROR',
  },
};
