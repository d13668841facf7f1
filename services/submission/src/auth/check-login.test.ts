import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestsFromSecret } from '@posthorn/mail';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import type { StoredSmtpToken } from '@posthorn/store';
import { aToken } from '../testing/test-submission.ts';
import { createCheckLogin } from './check-login.ts';

const [old, fresh] = ['a'.repeat(32), 'b'.repeat(32)];

test('a password under an older secret logs in, and its digest is made anew under the newest', async () => {
  const { login, renewed } = setUp(`${fresh},${old}`, { digest: digestsFromSecret(old).make('word') });

  assert.equal((await login('word')).kind, 'in');
  assert.equal((await login('wrong')).kind, 'refused');

  assert.equal(renewed.length, 1);
  assert.equal(digestsFromSecret(fresh).check('word', renewed[0] ?? ''), 'current');
});

test('a password under the newest secret is left as it is, one under a secret that is gone is wrong', async () => {
  const newest = setUp(`${fresh},${old}`, { digest: digestsFromSecret(fresh).make('word') });
  const gone = setUp(fresh, { digest: digestsFromSecret(old).make('word') });

  assert.equal((await newest.login('word')).kind, 'in');
  assert.equal((await gone.login('word')).kind, 'refused');
  assert.deepEqual([newest.renewed, gone.renewed], [[], []]);
});

test('a suspended account is told so when it logs in, to nobody but who knows the password', async () => {
  const { login } = setUp(fresh, { digest: digestsFromSecret(fresh).make('word') }, true);

  const [right, wrong] = [await login('word'), await login('wrong')];

  assert.match(right.kind === 'refused' ? right.refusal.message : '', /^5\.7\.1 The account is suspended/);
  assert.match(wrong.kind === 'refused' ? wrong.refusal.message : '', /^5\.7\.8 /);
});

function setUp(secret: string, changes: Partial<StoredSmtpToken>, isSuspended = false) {
  const renewed: string[] = [];
  const token = aToken(changes);
  const checkLogin = createCheckLogin({
    book: {
      find: async () => token,
      findNewer: async () => null,
      forget: () => undefined,
      doubtAll: () => undefined,
    },
    lockOut: { isLocked: async () => false, fail: async () => 1 },
    digests: digestsFromSecret(secret),
    accounts: { find: async () => ({ isSuspended, dedupesMessageId: false }) },
    tokens: { renewDigest: async (_id, { to }) => void renewed.push(to) },
    clock: createFakeClock(),
    log: silentLogger,
    wait: async () => undefined,
  });
  const login = (word: string) =>
    checkLogin({ userName: token.id, password: word, actsAs: '', client: '127.0.0.1' });
  return { login, renewed };
}
