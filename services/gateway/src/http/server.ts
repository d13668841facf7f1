import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { sendHsts } from '@posthorn/runtime';
import { type Answer, writeAnswer } from './answer.ts';

/** Limits against slow and oversized requests (rows A01, A08, F34). */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const keepAliveTimeoutMs = 65_000;
const headerBytesMax = 16 * 1024;

/** What a Host field may hold: a host and perhaps a port (RFC 9112, section 3.2). */
const hostValue = /^[\w.~!$&'()*+,;=%:[\]-]*$/;

/** Makes the HTTP server. What Node would refuse by itself is answered in the same JSON shape as everything else. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: headerBytesMax,
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
      // Node answers a missing Host without a body, and takes two.
      requireHostHeader: false,
    },
    (req, res) => {
      sendHsts(req, res);
      return hasOneHost(req) ? listener(req, res) : refuseHost(res);
    },
  );
  server.on('clientError', (error, socket) => refuse(codeOf(error), socket));
  server.on('checkExpectation', (_req, res) => refuseExpectation(res));
  server.on('connect', (_req, socket) => refuse('CONNECT', socket));
  return server;
}

function hasOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const hosts = headersDistinct['host'] ?? [];
  if (hosts.length === 0) return httpVersion === '1.0';
  return hosts.length === 1 && hosts.every((host) => hostValue.test(host));
}

function refuseHost(res: ServerResponse): void {
  const message = 'The request must have one Host header, with a host name.';
  refuseWith(res, 400, { message, category: 'VALIDATION_ERROR' });
}

function refuseExpectation(res: ServerResponse): void {
  const message = 'The Expect header may only be 100-continue.';
  refuseWith(res, 417, { message, category: 'EXPECTATION_FAILED' });
}

/** Closes as well: what follows on the connection may be a body that nobody reads. */
function refuseWith(res: ServerResponse, status: number, said: Pick<Reason, 'message' | 'category'>): void {
  const correlationId = randomUUID();
  const body = { status: 'error', message: said.message, correlationId, category: said.category };
  const answer: Answer = { status, body, headers: { connection: 'close' } };
  writeAnswer(res, answer, correlationId);
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
  CONNECT: {
    status: '405 Method Not Allowed',
    message: 'This is no proxy.',
    category: 'METHOD_NOT_ALLOWED',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: `The headers are larger than ${headerBytesMax} bytes.`,
    category: 'VALIDATION_ERROR',
  },
};
