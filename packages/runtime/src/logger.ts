import { trace } from '@opentelemetry/api';
import pino from 'pino';
import { exportLogLine } from './telemetry/log-export.ts';

export type Logger = pino.Logger;

/** Field names whose values never reach a log, wherever in the first three levels they stand. */
const secretFields = [
  'address',
  'authorization',
  'bcc',
  'body',
  'cc',
  'contactProperties',
  'customProperties',
  'email',
  'from',
  'html',
  'password',
  'recipient',
  'rendition',
  'replyTo',
  'secret',
  'subject',
  'text',
  'to',
  'token',
];

const redactPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/**
 * Makes a service's logger: one JSON object a line on standard output, `time` in ISO 8601, the trace and span id
 * of the active span. Redaction is the second line of defence; the first is that nobody passes such fields.
 *
 * `destination` is for tests.
 */
export function createLogger({
  service,
  level = 'info',
  destination,
}: {
  service: string;
  level?: string;
  destination?: pino.DestinationStream;
}): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redactPaths, censor: '[redacted]' },
    mixin: activeSpanIds,
    hooks: { streamWrite: exportLogLine },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A logger that writes nothing, for tests and for callers that do not care. */
export const silentLogger: Logger = pino({ level: 'silent' });

function activeSpanIds(): Record<string, string> {
  const context = trace.getActiveSpan()?.spanContext();
  return context ? { traceId: context.traceId, spanId: context.spanId } : {};
}
