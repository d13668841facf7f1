import { createCounter, type Logger } from '@posthorn/runtime';
import type { BoundAddresses } from '@posthorn/shaping';
import type { Source } from './source.ts';
import { trySource } from './try-source.ts';

const countLost = createCounter(
  'posthorn.dispatcher.sources_lost',
  'Addresses that could be sent from and then could not.',
);

/** What this dispatcher, and what others, can send from. */
export type Bindings = AsyncDisposable & {
  /** From the last look, which is at most ten seconds old. */
  canSendFrom(address: string): boolean;
  /** Whether another dispatcher says that it can. */
  isElsewhere(address: string): boolean;
  /** It could not be bound after all: it is left alone until a look finds that it can (row F54). */
  lost(address: string): void;
  /** Looks at once, since there may be new addresses. Never rejects. */
  look(): Promise<void>;
};

export type BindingsOptions = Readonly<{
  /** All addresses there are to look at. */
  sources: () => readonly Source[];
  announcements: Pick<BoundAddresses, 'announce' | 'withdraw' | 'ofMany'>;
  /** This process, unlike any other. */
  owner: string;
  log: Logger;
  everyMs?: number;
  /** Tries one address. */
  canUse?: (source: Source) => Promise<boolean>;
}>;

/** Opens the bindings: resolves after a first look. Disposing it takes the announcements back. */
export async function openBindings(options: BindingsOptions): Promise<Bindings> {
  const bindings = new LookedAtBindings(options);
  await bindings.look();
  bindings.begin();
  return bindings;
}

class LookedAtBindings implements Bindings {
  readonly #options: BindingsOptions;
  #bound = new Set<string>();
  #elsewhere = new Set<string>();
  #looking: Promise<void> | undefined;
  #isLookWanted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BindingsOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#timer = setInterval(() => void this.look(), this.#options.everyMs ?? 10_000);
  }

  canSendFrom(address: string): boolean {
    return this.#bound.has(address);
  }

  isElsewhere(address: string): boolean {
    return this.#elsewhere.has(address);
  }

  lost(address: string): void {
    if (!this.#bound.delete(address)) return;
    const { announcements, owner, log } = this.#options;
    countLost(1);
    log.error({ ip: address }, 'address cannot be sent from any more');
    announcements.withdraw(owner, [address]).catch(() => undefined);
  }

  /** One look at a time; whoever asks during one gets another after it. */
  async look(): Promise<void> {
    this.#isLookWanted = true;
    this.#looking ??= this.#lookWhileWanted().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    const { announcements, owner } = this.#options;
    await announcements.withdraw(owner, [...this.#bound]).catch(() => undefined);
  }

  async #lookWhileWanted(): Promise<void> {
    while (this.#isLookWanted) {
      this.#isLookWanted = false;
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    const { sources, canUse = trySource, log } = this.#options;
    const all = sources();
    const found = await Promise.all(
      all.map(async (source) => ((await canUse(source)) ? source.address : [])),
    );
    const bound = new Set(found.flat());
    for (const address of this.#bound) if (!bound.has(address)) this.lost(address);
    for (const ip of bound) if (!this.#bound.has(ip)) log.info({ ip }, 'address can be sent from');
    this.#bound = bound;
    await this.#exchange(all.map(({ address }) => address));
  }

  /** Announcements are a convenience: while Redis is away nothing is sent anyway. */
  async #exchange(addresses: readonly string[]): Promise<void> {
    const { announcements, owner } = this.#options;
    try {
      await announcements.announce(owner, [...this.#bound]);
      const counts = await announcements.ofMany(addresses);
      const isOthers = (address: string) => (counts.get(address) ?? 0) > (this.#bound.has(address) ? 1 : 0);
      this.#elsewhere = new Set(addresses.filter(isOthers));
    } catch {
      // The next look does it again.
    }
  }
}
