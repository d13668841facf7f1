import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonValue } from './json.ts';

test('whatever JSON can say is a JSON value', () => {
  const text = '{"a":[1,-0.5,"x",true,null,{"b":{}},[]],"constructor":"c","":""}';

  assert.deepEqual(JsonValue.parse(JSON.parse(text)), JSON.parse(text));
  assert.equal(JsonValue.safeParse(Object.assign(Object.create(null), { a: 1 })).success, true);
});

test('T01: what JSON cannot say, or would set a prototype, is none at any depth', () => {
  const strange = [undefined, Number.NaN, Infinity, 1n, Symbol('s'), () => 1, new Date(0), new Map()];
  const refused = [...strange, JSON.parse('{"__proto__":{"a":1}}')];

  for (const value of refused.flatMap((one) => [one, [one], { a: [{ b: one }] }]))
    assert.equal(JsonValue.safeParse(value).success, false);
});
