import type { HealthCheck } from '@posthorn/runtime';

export type CheckName = 'live' | 'ready';

/** What the thread is told. */
export type RecordingOrder = Readonly<{ kind: 'check'; id: number; check: CheckName } | { kind: 'stop' }>;

/** What the thread says: `started` first and `stopped` last. */
export type RecordingReport = Readonly<
  | { kind: 'started' }
  | { kind: 'checked'; id: number; result: Awaited<ReturnType<HealthCheck>> }
  | { kind: 'stopped' }
>;
