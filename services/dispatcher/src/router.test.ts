import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSingleRouter, parseRoute } from './router.ts';

for (const [text, expected] of [
  [
    'smtp://127.0.0.1:1025',
    { site: '127.0.0.1', hosts: [{ host: '127.0.0.1', port: 1025 }], tls: 'opportunistic' },
  ],
  ['smtp://[::1]', { hosts: [{ host: '::1', port: 25 }], tls: 'opportunistic' }],
  ['smtps://relay.example', { hosts: [{ host: 'relay.example', port: 465 }], tls: 'implicit' }],
  ['smtp://relay.example:587?tls=required', { tls: 'required' }],
  ['smtp://relay.example?tls=off', { tls: 'off' }],
  ['smtp://user%40x:p%3Aw@relay.example:587', { tls: 'required', login: { user: 'user@x', pass: 'p:w' } }],
  ['smtp://u:p@127.0.0.1:2525', { tls: 'opportunistic', login: { user: 'u', pass: 'p' } }],
  [
    'smtp://one.example, smtp://two.example:26',
    {
      hosts: [
        { host: 'one.example', port: 25 },
        { host: 'two.example', port: 26 },
      ],
    },
  ],
] as const) {
  test(`${text} is understood`, () => {
    assert.partialDeepStrictEqual(parseRoute(text), expected);
  });
}

for (const text of ['', 'localhost:25', 'http://x', 'smtp://', 'smtp://ok.example,nonsense secret']) {
  test(`"${text}" is refused, and not quoted`, () => {
    assert.throws(() => parseRoute(text), /^Error: must be smtp:\/\/host:port, or several/);
  });
}

test('a single route is every domain’s', async () => {
  const route = parseRoute('smtp://127.0.0.1:1025');

  assert.equal(await createSingleRouter(route).routeFor('example.org'), route);
});
