/** Remembers keys for a while: at most `keysMax`, the oldest forgotten first. */
export class RecentSet {
  readonly #keptMs: number;
  readonly #keysMax: number;
  readonly #untilMs = new Map<string, number>();

  constructor({ keptMs, keysMax = 10_000 }: { keptMs: number; keysMax?: number }) {
    this.#keptMs = keptMs;
    this.#keysMax = keysMax;
  }

  has(key: string): boolean {
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (untilMs > performance.now()) return true;
    this.#untilMs.delete(key);
    return false;
  }

  delete(key: string): void {
    this.#untilMs.delete(key);
  }

  add(key: string): void {
    this.#untilMs.delete(key);
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined && this.#untilMs.size >= this.#keysMax) this.#untilMs.delete(oldest);
    this.#untilMs.set(key, performance.now() + this.#keptMs);
  }
}
