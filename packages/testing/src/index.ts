export * from './an-event.ts';
export * from './dns/index.ts';
export * from './fault-proxy/index.ts';
export * from './redis.ts';
export * from './smtp-sink/index.ts';
export * from './store.ts';
export * from './tcp-gate.ts';
export * from './tls/index.ts';
