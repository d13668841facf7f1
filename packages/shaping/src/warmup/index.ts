export { defaultWarmupPlan } from './plan.ts';
export type { WarmupRedis } from './run-script.ts';
export * from './warmup.ts';
export { WarmupVerdict } from './warmup-state.ts';
export type { ProviderWarmup, WarmupDay, WarmupView } from './warmup-view.ts';
