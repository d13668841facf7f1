import type { IncomingMessage } from 'node:http';
import { Fault } from '@posthorn/runtime';
import { Refusal } from './refusal.ts';

/** How long the rest of a body that is too large is read and thrown away, so that its sender gets to see the answer. */
const discardMs = 1_000;

/**
 * Reads a JSON request's bytes, once.
 *
 * Refuses another content type or any compression with 415, and more than `bytesMax` with 413 as soon as that is known
 * (row A01); a body that comes too slowly is ended by the server's `requestTimeout`.
 */
export async function readJsonBytes(req: IncomingMessage, bytesMax: number): Promise<Buffer> {
  requireJson(req);
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) {
    discardRest(req);
    throw tooLarge(bytesMax);
  }
  return collect(req, bytesMax);
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

function collect(req: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bytesMax) return void chunks.push(chunk);
    discardRest(req);
    reject(tooLarge(bytesMax));
  });
  req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
  // Every request closes in the end; only one that closes before its end was cut off.
  req.on('close', () => req.readableEnded || reject(new Fault('invalid_request', 'The body was cut off.')));
  req.on('error', (cause) => reject(new Fault('invalid_request', 'The body was cut off.', { cause })));
  return promise;
}

/** Reads on for a moment what will not be looked at, then hangs up. */
function discardRest(req: IncomingMessage): void {
  req.removeAllListeners('data');
  req.resume();
  setTimeout(() => req.destroy(), discardMs).unref();
}

/** The 413 for a body of more than `bytesMax`. */
export function tooLarge(bytesMax: number): Fault {
  return new Refusal('too_large', `The body is larger than ${bytesMax} bytes.`, {
    headers: { connection: 'close' },
  });
}
