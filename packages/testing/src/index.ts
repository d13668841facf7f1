export * from './smtp-sink/index.ts';
