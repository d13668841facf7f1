import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from './parameters.ts';

test('a parameter is read from quotes, from a token, and in pieces (RFC 2231)', () => {
  const cases = [
    ['multipart/report; boundary=ab', 'ab'],
    ['multipart/report; BOUNDARY = "a;b"; x=y', 'a;b'],
    ['multipart/report; boundary="a\\"b"', 'a"b'],
    ['multipart/report; boundary*1=b; boundary*0="a"; boundary*2*=c%3Dd', 'abc=d'],
    ["multipart/report; boundary*=us-ascii'en'a%20b", 'a b'],
    ['multipart/report (boundary=no); boundary="(yes)" (last)', '(yes)'],
  ] as const;

  for (const [field, boundary] of cases)
    assert.equal(parseParameters(field).get('boundary'), boundary, field);
});

test('a parameter that is not there is undefined, and the first of two counts', () => {
  assert.equal(parseParameters('text/plain').get('charset'), undefined);
  assert.equal(parseParameters('text/plain; charset=a; charset=b').get('charset'), 'a');
});
