import type { Socket } from 'node:net';

/** Leave to hold one connection, counted over all dispatchers. */
export type ConnectionLease = Readonly<{ release: () => void }>;

/** Our end of a connection closes a moment before the peer has counted it off. */
const countedOffMs = 25;

/** Keeps a lease until every connection opened under it is closed, as the peer counts. */
export class HeldLease {
  readonly #lease: ConnectionLease;
  readonly #released = Promise.withResolvers<void>();
  #openCount = 0;
  #isOver = false;

  constructor(lease: ConnectionLease) {
    this.#lease = lease;
  }

  /** Resolves when it is released. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  readonly watch = (socket: Socket): void => {
    this.#openCount += 1;
    socket.once('close', () => {
      this.#openCount -= 1;
      this.#releaseAtEnd();
    });
  };

  /** Nothing more will be opened under it. */
  over(): void {
    this.#isOver = true;
    this.#releaseAtEnd();
  }

  #releaseAtEnd(): void {
    if (!this.#isOver || this.#openCount > 0) return;
    setTimeout(() => {
      this.#lease.release();
      this.#released.resolve();
    }, countedOffMs);
  }
}
