import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ByteBudget, Fault } from '@posthorn/runtime';

/** The rest of a body that is refused is read and thrown away for so long, and so many times the limit, at the most. */
const discardMs = 30_000;
const discardTimes = 10;

/** What each body may hold without counting against the budget, so that large ones never keep an ordinary send out. */
const freeBytes = 64 * 1024;

/** What reading a body takes beside the request. */
export type BodyReading = Readonly<{
  bytesMax: number;
  /** Bounds all bodies under way in this process together; a body has its share until its response is closed. */
  budget: ByteBudget;
}>;

/**
 * Reads a JSON request's bytes, once.
 *
 * Refuses another content type or any compression with 415, and more than `bytesMax` with 413 as soon as that is known
 * (row A01), and throws `unavailable` where the budget has no room; a body that comes too slowly is ended by the server's
 * `requestTimeout`.
 */
export async function readJsonBytes(
  req: IncomingMessage,
  res: ServerResponse,
  { bytesMax, budget }: BodyReading,
): Promise<Buffer> {
  requireJson(req);
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) {
    discardRest(req, bytesMax);
    throw tooLarge(bytesMax);
  }
  return collect(req, { bytesMax, tryHold: createHold(res, budget) });
}

/** Returns what takes the budget's bytes for a body; they are given back when the response is closed. */
function createHold(res: ServerResponse, budget: ByteBudget): (bytes: number) => boolean {
  let held = 0;
  return (bytes) => {
    if (res.closed || !budget.tryTake(bytes)) return false;
    // Most bodies are small and never get here.
    if (held === 0) res.once('close', () => budget.give(held));
    held += bytes;
    return true;
  };
}

function requireJson({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new Fault('unsupported_media_type', 'The body must not be compressed.');
  if (!isUtf8Json(headers['content-type'] ?? ''))
    throw new Fault('unsupported_media_type', 'Content-Type must be application/json, in UTF-8.');
}

/** Whether a content type is JSON in UTF-8, which is the default; other parameters than `charset` mean nothing here. */
function isUtf8Json(contentType: string): boolean {
  if (contentType === 'application/json') return true;
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charsets = parameters
    .map((parameter) => /^\s*charset\s*=\s*["']?([^"']*?)["']?\s*$/.exec(parameter)?.[1])
    .filter((label) => label !== undefined);
  return type.trim() === 'application/json' && charsets.every(isUtf8Label);
}

/** Knows every label of UTF-8 (WHATWG Encoding Standard, section 4.2: `utf8`, `unicode-1-1-utf-8`, …), and its part ASCII. */
function isUtf8Label(label: string): boolean {
  if (['', 'ascii', 'us-ascii'].includes(label)) return true;
  try {
    return new TextDecoder(label).encoding === 'utf-8';
  } catch {
    return false;
  }
}

function collect(
  req: IncomingMessage,
  { bytesMax, tryHold }: { bytesMax: number; tryHold: (bytes: number) => boolean },
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const refuse = (fault: Fault) => {
    chunks.length = 0;
    discardRest(req, bytesMax);
    reject(fault);
  };
  req.on('data', (chunk: Buffer) => {
    const counted = Math.min(chunk.length, Math.max(0, size + chunk.length - freeBytes));
    size += chunk.length;
    if (size > bytesMax) refuse(tooLarge(bytesMax));
    else if (counted > 0 && !tryHold(counted)) refuse(tooBusy());
    else chunks.push(chunk);
  });
  req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
  // Every request closes in the end; only one that closes before its end was cut off.
  req.on('close', () => req.readableEnded || reject(new Fault('invalid_request', 'The body was cut off.')));
  req.on('error', (cause) => reject(new Fault('invalid_request', 'The body was cut off.', { cause })));
  return promise;
}

/**
 * Reads on what will not be looked at, within bounds, and keeps the connection: a client that still writes when the server
 * hangs up sees a broken connection in place of the answer.
 */
function discardRest(req: IncomingMessage, bytesMax: number): void {
  let left = discardTimes * bytesMax;
  req.removeAllListeners('data');
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.destroy();
  });
  req.resume();
  const timer = setTimeout(() => req.destroy(), discardMs).unref();
  req.once('close', () => clearTimeout(timer));
}

/** The 413 for a body of more than `bytesMax`. */
export function tooLarge(bytesMax: number): Fault {
  return new Fault('too_large', `The body is larger than ${bytesMax} bytes.`);
}

function tooBusy(): Fault {
  return new Fault('unavailable', 'Too many large bodies are under way. Try again shortly.');
}
