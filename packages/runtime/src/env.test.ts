import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseEnv } from './env.ts';
import { EnvSecret } from './env-secret.ts';
import { isFault } from './fault.ts';

const Env = z.object({
  PORT: z.coerce.number().int(),
  POSTHORN_SECRET: EnvSecret,
  NAME: z.string().default('none'),
});

test('all that is wrong is named at once, and no value is repeated: it may be a secret', () => {
  assert.throws(
    () => parseEnv(Env, { PORT: 'high', POSTHORN_SECRET: 'hunter2' }),
    (error) => {
      assert.ok(isFault(error, 'misconfigured'));
      assert.match(error.message, /PORT: [\s\S]*POSTHORN_SECRET: must be at least 32/);
      return !error.message.includes('hunter2');
    },
  );
});

test('an empty variable counts as unset', () => {
  const env = parseEnv(Env, { PORT: '1', POSTHORN_SECRET: 'x'.repeat(32), NAME: '' });

  assert.equal(env.NAME, 'none');
});
