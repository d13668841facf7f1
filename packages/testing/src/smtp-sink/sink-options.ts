import type { SinkEntry } from './sink-ledger.ts';

/** What a sink does to every connection, whoever the recipient is. */
export type SinkServerBehaviour = Readonly<{
  /** `421`: refuses in the banner; `silent`: never says anything; `drop`: closes at once; `garbage`: a banner that is none. */
  connect?: 'ok' | '421' | 'silent' | 'drop' | 'garbage' | undefined;
  /** Refuses in the banner with this whole reply, and closes. */
  banner?: string | undefined;
  /** Refuses every MAIL FROM with this whole reply. */
  mail?: string | undefined;
  /** Answers 421 and closes at the MAIL FROM after this many messages on one connection. */
  messagesMax?: number | undefined;
  /** Refuses every recipient with 451 until this long after the first try of (ip, sender, recipient). */
  greylistMs?: number | undefined;
  /** Refuses this share of the recipients' tries with 451, by a hash, so that a repeat of a run is the same. */
  deferPercent?: number | undefined;
  /** Hears this command of every conversation and never answers it, nor what comes after it. */
  silentAt?: 'MAIL' | 'RCPT' | 'DATA' | undefined;
  /** Waits this long before it answers a final dot. */
  dotDelayMs?: number | undefined;
  /** Largest message announced by SIZE; without it SIZE is announced with no number. */
  sizeMax?: number | undefined;
  pipelining?: boolean | undefined;
  eightBitMime?: boolean | undefined;
  smtpUtf8?: boolean | undefined;
  /** `refuse`: 454 to STARTTLS; `garbage`: 220 and then bytes that are no TLS; a key and certificate: the real thing. */
  startTls?: 'refuse' | 'garbage' | Readonly<{ key: string; cert: string }> | undefined;
}>;

/** `connection` counts the connections of one sink, from 1. */
export type SinkConnectionChange = Readonly<{
  kind: 'open' | 'close';
  connection: number;
  ip: string;
  atMs: number;
}>;

export type SmtpSinkOptions = Readonly<{
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** A file to which every accepted recipient is added and fsynced before the 250 is written. */
  ledger?: string;
  behaviour?: SinkServerBehaviour;
  /** Keeps the bytes of accepted messages in memory, for tests that compare them. */
  keepMessages?: boolean;
  /** For benches: no hashes, no kept entries; only counts. Recipients still choose behaviours. */
  fast?: boolean;
  /** Told of every connection as it opens and closes. */
  onConnection?: (change: SinkConnectionChange) => void;
  /** Told of every accepted final dot, in every mode, before its 250 is written; fast mode has the message's head only. */
  onAccepted?: (entries: readonly Omit<SinkEntry, 'transaction'>[], message: Buffer) => void;
}>;
