export * from './mailbox/index.ts';
export * from './redis/index.ts';
export { type Instance, type InstanceOptions, startInstance } from './start/instance.ts';
export { RunningInstance } from './start/instance-lock.ts';
export { readSettings, type Settings } from './start/settings.ts';
