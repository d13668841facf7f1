/**
 * What sends off the telemetry that is still held, if any is collected. Like OpenTelemetry's own globals it belongs to the
 * process: `--import @posthorn/runtime/telemetry` sets it before any service is loaded.
 */
let flush: () => Promise<void> = async () => {};

/** Names what `flushTelemetry` does. */
export function setTelemetryFlush(work: () => Promise<void>): void {
  flush = work;
}

/** Sends off what is held; never rejects, since no service should fail to stop for a collector that is away. */
export async function flushTelemetry(): Promise<void> {
  await flush().catch(() => {});
}
