import { NodeSDK } from '@opentelemetry/sdk-node';

/** Starts the exporters that OpenTelemetry's own environment variables choose; they flush when the process is told to stop. */
export function startExporting(): void {
  const sdk = new NodeSDK();
  sdk.start();
  process.once('beforeExit', () => void sdk.shutdown());
}
