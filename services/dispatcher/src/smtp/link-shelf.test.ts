import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkShelf } from './link-shelf.ts';
import type { SmtpLink } from './smtp-link.ts';

const { signal } = new AbortController();
const to = (key: string) => ({ key, isFreshWanted: false, signal });

test('a connection at rest is taken only by a message that goes its way', async () => {
  const { shelf, link } = setUp();
  await shelf.take(5, to('a'));
  shelf.giveBack(link, 'a');

  assert.equal(await shelf.take(5, to('b')), undefined);
  assert.equal(await shelf.take(5, to('a')), link);
});

test('the limit of a site holds for all ways to it: one at rest is left so that another can be opened', async () => {
  const { shelf, link, quits } = setUp();
  await shelf.take(1, to('a'));
  shelf.giveBack(link, 'a');

  await shelf.take(1, to('b'));

  assert.deepEqual(quits, ['quit']);
});

test('whoever waits gets a place: with the connection where it leads the same way, without it else', async () => {
  const { shelf, link, quits } = setUp();
  await shelf.take(1, to('a'));
  const other = shelf.take(1, to('b'));
  const same = shelf.take(1, to('a'));

  shelf.giveBack(link, 'a');
  assert.equal(await same, link);
  shelf.giveBack(link, 'a');

  assert.equal(await other, undefined);
  assert.deepEqual(quits, ['quit']);
});

test('where others hold every connection there may be, nobody waits here', async () => {
  const { shelf } = setUp();
  await shelf.take(3, to('a'));

  shelf.refuse();

  assert.equal(await shelf.take(3, to('a')), 'crowded');
});

test('where others hold the rest of the connections, those of ours are waited for', async () => {
  const { shelf, link } = setUp();
  await shelf.take(3, to('a'));
  await shelf.take(3, to('a'));
  shelf.refuse();

  const waiting = shelf.take(3, to('a'));
  shelf.giveBack(link, 'a');

  assert.equal(await waiting, link);
});

test('no more wait for a connection than may, and the rest are told when to come again, one after the other', async () => {
  const { shelf, link } = setUp();
  await shelf.take(1, to('a'));
  const waiting = shelf.take(1, { ...to('a'), waitersMax: 1 });

  const turnedAway = await shelf.take(1, { ...to('a'), waitersMax: 1 });
  const placesMs = [shelf.nextPlaceMs(1), shelf.nextPlaceMs(1), shelf.nextPlaceMs(1)];
  shelf.giveBack(link, 'a');

  assert.equal(turnedAway, 'crowded');
  assert.equal(await waiting, link);
  assert.deepEqual(
    placesMs,
    placesMs.toSorted((a, b) => a - b),
  );
  assert.ok(new Set(placesMs).size === 3 && placesMs.every((ms) => ms >= 50));
});

test('a connection is left after as many messages as its site takes, where that is fewer', async () => {
  const { shelf, link, quits } = setUp();
  await shelf.take(1, to('a'));

  shelf.giveBack(link, 'a', { messagesMax: 1 });

  assert.deepEqual(quits, ['quit']);
});

function setUp() {
  const quits: string[] = [];
  const link: SmtpLink = {
    ...{ host: 'mx.example', openedAtMs: performance.now(), messageCount: 1, isOpen: true, tls: undefined },
    send: async () => new Map(),
    quit: () => quits.push('quit'),
  };
  const shelf = new LinkShelf({ idleMs: 60_000, messagesMax: 100, ageMsMax: 60_000 });
  return { shelf, link, quits };
}
