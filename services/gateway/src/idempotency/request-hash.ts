import { createHash } from 'node:crypto';
import type { RawCall } from '../http/endpoint.ts';

type Hashed = Pick<RawCall, 'target' | 'json' | 'bytes'>;

/**
 * Returns the SHA-256 of what a call asks for, in hex: method, path, and the body's content. The order of keys, white
 * space, escapes and the spelling of numbers (1, 1.0, 1e0) do not count, nor do fields that nobody reads.
 */
export function contentHashOf({ target, json }: Hashed): string {
  return sha256(`${target.replace(/\/$/, '')}\0`, canonicalJson(json));
}

/** Returns what older releases stored in its place: the SHA-256 of method, path and the body's bytes. */
export function bytesHashOf({ target, bytes }: Hashed): string {
  return sha256(`${target}\0`, bytes);
}

/** Returns the SHA-256 of the parts, one after the other, in hex. */
export function sha256(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Writes JSON with the keys of each object in order, as RFC 8785 does. */
function canonicalJson(json: unknown): string {
  return JSON.stringify(json, (_key, value) => (isObject(value) ? sorted(value) : value)) ?? '';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
