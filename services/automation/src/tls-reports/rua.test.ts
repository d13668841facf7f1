import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportTargetsOf } from './rua.ts';

const read = (...records: string[]) => reportTargetsOf(records)?.map(({ uri }) => uri) ?? null;

test('B11 a record names URLs and addresses, with commas between, and what we do not know is passed over', () => {
  assert.deepEqual(read('v=TLSRPTv1; rua=mailto:tls@shop.example'), ['mailto:tls@shop.example']);
  assert.deepEqual(
    read(
      'v=spf1 -all',
      'v=TLSRPTv1;rua=mailto:a@shop.example , https://tls.shop.example/v1?x=1,ftp://shop.example;next=1;',
    ),
    ['mailto:a@shop.example', 'https://tls.shop.example/v1?x=1'],
  );
  assert.deepEqual(reportTargetsOf(['v=TLSRPTv1; rua=mailto:a%2Bb@shop.example']), [
    { kind: 'mailto', uri: 'mailto:a%2Bb@shop.example', address: 'a+b@shop.example' },
  ]);
});

test('no record, several, or one without targets: nobody wants reports', () => {
  assert.equal(read(), null);
  assert.equal(read('v=TLSRPTv1; rua=mailto:a@x.example', 'v=TLSRPTv1; rua=mailto:b@x.example'), null);
  assert.equal(read('v=TLSRPTv1;'), null);
  assert.equal(read('v=TLSRPTv2; rua=mailto:a@x.example'), null);
});

test('what is no address or hides a password is no target, and there are at most four', () => {
  for (const rua of [
    ...['mailto:', 'mailto:nobody', 'mailto:a@b@c', 'mailto:%0d%0aBcc:x@y.example', 'mailto:%ff@x.example'],
    ...['mailto:a b@x.example', 'http://x.example/', 'https://user:secret@x.example/', 'https://', '::'],
  ])
    assert.deepEqual(read(`v=TLSRPTv1; rua=${rua}`), [], rua);
  const many = Array.from({ length: 9 }, (_, at) => `mailto:a${at}@x.example`);
  assert.equal(read(`v=TLSRPTv1; rua=${many.join(',')}`)?.length, 4);
});
