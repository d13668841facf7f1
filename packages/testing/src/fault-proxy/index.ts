export { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
export type { Stream, Toxic } from './toxic.ts';
