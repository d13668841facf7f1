import { NodeSDK } from '@opentelemetry/sdk-node';
import { setTelemetryFlush } from './flush.ts';

/** Starts the exporters that OpenTelemetry's own environment variables choose; a service that stops sends off what they hold. */
export function startExporting(): void {
  const sdk = new NodeSDK();
  sdk.start();
  setTelemetryFlush(() => sdk.shutdown());
}
