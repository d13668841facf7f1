import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Toxic, toxicOf } from './toxic.ts';

type Piece = Readonly<{ bytes: Buffer; arrivedAtMs: number }>;

/**
 * Passes on what `from` says to `to`, as the toxics of the moment have it. Order holds; delays run side by side, so that
 * latency does not become bandwidth.
 */
export function relay(from: Socket, to: Socket, toxics: ReadonlySet<Toxic>): void {
  const waiting: Piece[] = [];
  let passedBytes = 0;
  let isWriting = false;
  let hasEnded = false;
  let isDoomed = false;

  from.on('data', (bytes: Buffer) => {
    const reset = toxicOf(toxics, 'reset_peer');
    if (reset) return doom(() => from.resetAndDestroy(), reset.timeoutMs);
    const timeout = toxicOf(toxics, 'timeout');
    if (timeout) return void (timeout.timeoutMs > 0 && doom(() => from.destroy(), timeout.timeoutMs));
    waiting.push({ bytes, arrivedAtMs: performance.now() });
    if (waiting.length > piecesMax) from.pause();
    void write();
  });
  from.on('end', () => {
    hasEnded = true;
    void write();
  });

  function doom(end: () => void, afterMs: number): void {
    if (isDoomed) return;
    isDoomed = true;
    setTimeout(end, afterMs).unref();
  }

  async function write(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    for (let piece = waiting.shift(); piece; piece = waiting.shift()) {
      await latency(piece, toxics);
      for (const bytes of cut(piece.bytes, toxics)) {
        if (to.destroyed) return;
        await pass(bytes);
      }
      if (from.isPaused()) from.resume();
    }
    isWriting = false;
    if (hasEnded) await close();
  }

  async function pass(bytes: Buffer): Promise<void> {
    const limit = toxicOf(toxics, 'limit_data')?.bytes ?? Number.POSITIVE_INFINITY;
    const allowed = bytes.subarray(0, Math.max(0, limit - passedBytes));
    passedBytes += allowed.length;
    if (allowed.length > 0) await writeAll(to, allowed);
    if (passedBytes >= limit) return void from.destroy();
    const slicer = toxicOf(toxics, 'slicer');
    if (slicer) await sleep(slicer.delayMs);
    const bandwidth = toxicOf(toxics, 'bandwidth');
    if (bandwidth) await sleep((1_000 * bytes.length) / bandwidth.bytesPerSecond);
  }

  async function close(): Promise<void> {
    const slow = toxicOf(toxics, 'slow_close');
    if (slow) await sleep(slow.delayMs);
    to.end();
  }
}

/** Chunks held back before the sender is no longer read. */
const piecesMax = 256;

async function latency({ arrivedAtMs }: Piece, toxics: ReadonlySet<Toxic>): Promise<void> {
  const toxic = toxicOf(toxics, 'latency');
  if (!toxic) return;
  const { latencyMs, jitterMs = 0 } = toxic;
  const dueAtMs = arrivedAtMs + latencyMs + jitterMs * (2 * Math.random() - 1);
  const leftMs = dueAtMs - performance.now();
  if (leftMs > 0) await sleep(leftMs);
}

function cut(bytes: Buffer, toxics: ReadonlySet<Toxic>): Buffer[] {
  const toxic = toxicOf(toxics, 'slicer');
  if (!toxic) return [bytes];
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += toxic.sizeBytes)
    pieces.push(bytes.subarray(at, at + toxic.sizeBytes));
  return pieces;
}

async function writeAll(to: Socket, bytes: Buffer): Promise<void> {
  if (to.write(bytes)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  to.once('drain', resolve).once('close', resolve);
  await promise;
  to.off('drain', resolve).off('close', resolve);
}
