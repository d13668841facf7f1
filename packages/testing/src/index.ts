export * from './redis.ts';
export * from './smtp-sink/index.ts';
