export { HomeInUse } from './durability/home-lock.ts';
export type { Log } from './durability/store.ts';
export { type EmbeddedMongo, type EmbeddedMongoOptions, startEmbeddedMongo } from './start-embedded-mongo.ts';
