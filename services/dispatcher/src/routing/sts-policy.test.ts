import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHostInPolicy, parseStsPolicy, stsIdIn } from './sts-policy.ts';

const good = 'version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n';

test('a policy is read as RFC 8461 writes it, with CRLF or LF, unknown fields passed over', () => {
  const expected = {
    mode: 'enforce',
    mx: ['mail.example.com', '*.example.net'],
    maxAgeSeconds: 604_800,
  };

  assert.deepEqual(parseStsPolicy(good), expected);
  assert.deepEqual(parseStsPolicy(`${good.replaceAll('\n', '\r\n')}future: thing\r\n`), expected);
});

for (const [name, text] of [
  ['another version', good.replace('STSv1', 'STSv2')],
  ['no version', good.replace('version: STSv1\n', '')],
  ['an unknown mode', good.replace('enforce', 'force')],
  ['no max_age', good.replace(/max_age.*\n/, '')],
  ['a max_age that is no number', good.replace('604800', '-1')],
  ['a max_age past a year', good.replace('604800', '99999999')],
  ['no mail host', good.replace(/mx:.*\n/g, '')],
  ['a pattern in the middle', good.replace('*.example.net', 'mx.*.example.net')],
  ['a web page', '<html>version: STSv1</html>'],
  ['nothing', ''],
] as const) {
  test(`a policy with ${name} is none`, () => {
    assert.equal(parseStsPolicy(text), undefined);
  });
}

test('mode none needs no mail host', () => {
  assert.equal(parseStsPolicy('version: STSv1\nmode: none\nmax_age: 60')?.mode, 'none');
});

test('a pattern stands for one label, no more and no less', () => {
  const policy = { mode: 'enforce', mx: ['mail.example.com', '*.example.net'], maxAgeSeconds: 1 } as const;
  const names = ['mail.example.com', 'mx1.example.net', 'example.net', 'a.b.example.net', 'x.example.com'];

  assert.deepEqual(
    names.map((name) => isHostInPolicy({ ...policy, mx: [...policy.mx] }, name)),
    [true, true, false, false, false],
  );
});

test('the id is that of the one record of its kind', () => {
  assert.equal(stsIdIn(['spf', 'v=STSv1; id=20160831085700Z;']), '20160831085700Z');
  assert.equal(stsIdIn(['v=STSv1;id=1']), '1');
  assert.equal(stsIdIn(['v=STSv1; id=1;', 'v=STSv1; id=2;']), undefined);
  assert.equal(stsIdIn(['v=STSv10; id=1;', 'v=STSv1; id=no-dashes;']), undefined);
});
