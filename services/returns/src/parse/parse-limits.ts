/** Bounds of what is read of a stranger's message (row H07). Whatever is over is `unparsed`, and kept. */
export const parseLimits = {
  /** Parts within parts. */
  depthMax: 20,
  partsMax: 1_000,
  /** Of each part's header. */
  headerBytesMax: 128 * 1024,
  /** Of a text that is decoded; what follows is not read. */
  textBytesMax: 64 * 1024,
  /** CPU time of the thread. */
  cpuMs: 500,
  /** Heap of the thread. */
  memoryMib: 64,
} as const;

/** A message that is over a limit. Thrown and caught within the parser. */
export class OverLimit extends Error {
  override readonly name = 'OverLimit';
}
