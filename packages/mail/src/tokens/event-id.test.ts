import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventIdOf } from './event-id.ts';

test('the same happening always has the same id, a UUID of version 8, and another one another', () => {
  const id = eventIdOf('01900000-0000-8000-8000-0123456789ab', 'DELIVERED', 1);

  assert.equal(id, eventIdOf('01900000-0000-8000-8000-0123456789ab', 'DELIVERED', 1));
  assert.notEqual(id, eventIdOf('01900000-0000-8000-8000-0123456789ab', 'DELIVERED', 2));
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
