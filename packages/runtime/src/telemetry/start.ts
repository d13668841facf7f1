/**
 * Starts OpenTelemetry before a service loads: `node --import @posthorn/runtime/telemetry src/main.ts`.
 *
 * Nothing is loaded or sent unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set; then traces, metrics and logs go there by
 * OTLP, named and sampled as OpenTelemetry's own environment variables say. Being an `--import`, this file reads the
 * environment itself.
 */
if (process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) {
  const { startExporting } = await import('./export.ts');
  startExporting();
}
