import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogRecord, logs } from '@opentelemetry/api';
import { createLogger } from '../logger.ts';

test('a log line goes to OpenTelemetry as it was written, redacted, with its severity and fields', () => {
  const emitted: LogRecord[] = [];
  logs.setGlobalLoggerProvider({
    getLogger: () => ({ emit: (record) => void emitted.push(record), enabled: () => true }),
  });
  const log = createLogger({ service: 'test', destination: { write: () => {} } });

  log.warn({ recipient: 'canary', statusId: 'kept', item: { count: 2 } }, 'refused');

  const [record] = emitted;
  assert.equal(record?.body, 'refused');
  assert.equal(record?.severityText, 'warn');
  assert.deepEqual(record?.attributes, { recipient: '[redacted]', statusId: 'kept', item: '{"count":2}' });
});
