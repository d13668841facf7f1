import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTestStore } from './store.ts';

test('a test whose MongoDB is not there fails and says which it is, instead of waiting', async (t) => {
  const before = process.env['MONGODB_URL'];
  t.after(() => {
    if (before === undefined) delete process.env['MONGODB_URL'];
    else process.env['MONGODB_URL'] = before;
  });
  process.env['MONGODB_URL'] = 'mongodb://somebody:secret@127.0.0.1:1';

  await assert.rejects(withTestStore({ readyWithinMs: 500 }), {
    message: 'The MongoDB of this test (127.0.0.1:1; MONGODB_URL names it) cannot be used after 500 ms.',
  });
});
