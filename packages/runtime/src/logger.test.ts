import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './logger.ts';

test('fields that may hold addresses, subjects, bodies, properties or tokens are blotted out to the third level', () => {
  const lines: string[] = [];
  const log = createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } });

  log.info(
    { recipient: 'canary', item: { to: 'canary', inner: { token: 'canary' } }, statusId: 'kept' },
    'sent',
  );

  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines[0] ?? '', /canary/);
  assert.match(lines[0] ?? '', /"statusId":"kept"/);
});
