import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentSet } from './recent-set.ts';

test('a key is known for a while, and the oldest makes room', () => {
  const recent = new RecentSet({ keptMs: 60_000, keysMax: 2 });
  for (const key of ['a', 'b', 'c']) recent.add(key);

  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => recent.has(key)),
    [false, true, true],
  );
  const brief = new RecentSet({ keptMs: 0 });
  brief.add('a');
  assert.equal(brief.has('a'), false);
});
