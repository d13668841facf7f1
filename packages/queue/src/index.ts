export { type BlobReferencesOptions, findBlobReferences } from './blob-references.ts';
export type { BlobStore } from './blob-store.ts';
export { type ConsumeOptions, type Consumer, consume } from './consume.ts';
export { mastersOf } from './durability.ts';
export { eachItem } from './each-item.ts';
export type { BagContext, BagHandler, Taken } from './handler.ts';
export { type LaneDepth, laneDepth } from './lane-depth.ts';
export { listParked, type ParkedItem, releaseParked } from './parking.ts';
export { createPostbox, type DerivedBag, type Postbox, type PostboxOptions } from './postbox.ts';
export { type QueueSettings, queueEnv, queueSettingsOf } from './queue-env.ts';
export {
  type ConnectRedisOptions,
  connectRedis,
  type RedisClient as Redis,
  type RedisLink,
  type RedisRole,
} from './redis-link.ts';
export { allDone, done, park, retryAfter, type Verdict, waitFor } from './verdict.ts';
