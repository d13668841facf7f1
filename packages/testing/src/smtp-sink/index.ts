export type { SinkEntry } from './sink-ledger.ts';
export type { SinkConnectionChange, SinkServerBehaviour, SmtpSinkOptions } from './sink-options.ts';
export { type SmtpSink, startSmtpSink } from './smtp-sink.ts';
