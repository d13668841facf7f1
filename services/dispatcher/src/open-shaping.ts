import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ReplyClassifier } from '@posthorn/mail';
import type { Redis } from '@posthorn/queue';
import { type Clock, type Logger, systemClock } from '@posthorn/runtime';
import {
  createBoundAddresses,
  createShaper,
  createWaitingBoard,
  providerOf,
  type WaitingBoard,
  watchShapingRules,
} from '@posthorn/shaping';
import { createWarmup } from '@posthorn/shaping/warmup';
import { createPoolShaping } from './pool-shaping.ts';
import type { Shaping } from './shaping.ts';
import { openBindings } from './sources/bindings.ts';
import { createNoSource } from './sources/no-source.ts';
import type { Source } from './sources/source.ts';
import type { SourceDirectory } from './sources/source-directory.ts';

export type OpenShapingOptions = Readonly<{
  /** A link of role `poster`: who waits for a limit should hear soon that nobody answers. */
  redis: Redis;
  directory: SourceDirectory;
  rulesFile: string | undefined;
  classify: ReplyClassifier | undefined;
  allowSystemAddress: boolean;
  concurrency: number;
  log: Logger;
  trySource?: (source: Source) => Promise<boolean>;
}>;

/** How mail leaves from the addresses of pools, and where it is noted why some of it waits. */
export type PoolsShaping = AsyncDisposable &
  Readonly<{
    of: (pool: string) => Shaping;
    waiting: Pick<WaitingBoard, 'note'>;
    /** The named receiver that a site belongs to, or `other`. */
    providerOf: (site: string) => string;
  }>;

/** Opens what all pools share. Throws a `misconfigured` Fault where the rules' file is not usable. */
export async function openPoolsShaping(options: OpenShapingOptions): Promise<PoolsShaping> {
  await using scope = new AsyncDisposableStack();
  const { redis, directory, rulesFile, log } = options;
  const clock: Clock = systemClock;
  const { random } = Math;
  const owner = `${hostname()}-${randomUUID()}`;
  const watched = scope.use(watchShapingRules({ ...(rulesFile !== undefined && { path: rulesFile }), log }));
  const rules = () => watched.current();
  const shaper = scope.use(createShaper({ redis, rules, clock, owner, log, random }));
  const warmup = scope.use(createWarmup({ redis, clock }));
  const bindings = scope.use(
    await openBindings({
      sources: () => directory.list()?.sources ?? [],
      announcements: createBoundAddresses({ redis, clock }),
      ...{ owner, log },
      ...(options.trySource && { canUse: options.trySource }),
    }),
  );
  directory.onChange(() => void bindings.look());
  const opened = scope.move();
  const shared = { bindings, shaper, warmup, rules, clock, random };
  const { classify, allowSystemAddress, concurrency } = options;

  return {
    of: (pool) =>
      createPoolShaping({
        ...{ ...shared, classify, allowSystemAddress, concurrency },
        sources: () => directory.list()?.sources.filter((source) => source.pool === pool),
        noSource: createNoSource({ pool, clock, log, random }),
      }),
    waiting: createWaitingBoard({ redis, clock }),
    providerOf: (site) => providerOf(site, rules()),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
