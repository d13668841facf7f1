export { defaultWarmupPlan } from './plan.ts';
export * from './warmup.ts';
export type { WarmupRedis } from './warmup-redis.ts';
export type { ProviderWarmup, WarmupDay, WarmupView } from './warmup-view.ts';
