import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLogger, isFault, silentLogger } from '@posthorn/runtime';
import { parse } from 'yaml';
import { defaultRulesInput } from './default-rules.ts';
import { loadShapingRules, parseShapingRules } from './load-rules.ts';
import { providerOf } from './shaping-rules.ts';
import { watchShapingRules } from './watch-rules.ts';

const shipped = path.resolve(import.meta.dirname, '../../../../infra/shaping.yaml');

test('the file in infra says what is so without it', async () => {
  const { readFile } = await import('node:fs/promises');

  assert.deepEqual(parse(await readFile(shipped, 'utf8')), defaultRulesInput);
  const [built, read] = await Promise.all([loadShapingRules(), loadShapingRules(shipped)]);
  for (const site of ['google.com', 'mx.example.net'])
    assert.equal(JSON.stringify(read.forSite(site)), JSON.stringify(built.forSite(site)));
});

test('B1: a site has its own block by its name, by its host or by what its host ends in; others have the defaults', async () => {
  const rules = parseShapingRules('sites: { comcast.net: { connections: 25 } }', 'x.yaml');

  for (const [site, block] of [
    ['google.com', 'google.com'],
    ['yahoodns.net', 'yahoodns.net'],
    ['olc.protection.outlook.com', 'olc.protection.outlook.com'],
    ['mail.protection.outlook.com', 'mail.protection.outlook.com'],
    ['mx.microsoft', 'mx.microsoft'],
    ['icloud.com', 'icloud.com'],
    ['mx1.comcast.net', 'comcast.net'],
    ['mx1.comcast.net+3-0123456789', 'comcast.net'],
    ['outlook.com', 'defaults'],
    ['notgoogle.com', 'defaults'],
    ['localhost', 'defaults'],
  ] as const) {
    assert.equal(rules.forSite(site).block, block, site);
    assert.equal(providerOf(site, rules), block === 'defaults' ? 'other' : block);
  }
});

test('what a site leaves out is as in the defaults, and what those leave out as we ship it', () => {
  const rules = parseShapingRules(
    `
defaults: { messageRate: 30/min, burst: 3 }
sites:
  slow.example: { connections: 2 }
  fast.example: { messageRate: 500/s }
  google.com: { messagesPerConnection: 7 }
`,
    'x.yaml',
  );

  const { block: _, replies, ...slow } = rules.forSite('slow.example');
  assert.deepEqual(slow, {
    connections: 2,
    messagesPerConnection: 100,
    messageRate: { text: '30/min', intervalMs: 2_000 },
    burst: 3,
  });
  assert.ok(replies.some(({ id }) => id === 'defaults.told-to-slow-down'));
  assert.equal(rules.forSite('fast.example').burst, 100, 'a burst belongs to its rate');
  assert.equal(rules.forSite('google.com').messageRate.text, '30/min', 'a block of ours is replaced whole');
  assert.equal(rules.forSite('yahoodns.net').messagesPerConnection, 20);
});

test('a mistake is named with its line, and all of them at once', async (t) => {
  const file = await fileOf(
    t,
    `defaults:
  messageRate: 100 per second
  connections: 0
sites:
  Google.com: {}
  slow.example:
    replies:
      - id: one
        says: (a+)+
        do: slow
        for: 10
`,
  );

  await assert.rejects(loadShapingRules(file), (error) => {
    assert.ok(isFault(error, 'misconfigured'));
    for (const part of [
      file,
      'line 2, defaults.messageRate: must be a rate like 100/s',
      'line 3, defaults.connections',
      /line \d+, sites\.Google\.com/,
      'line 9, sites.slow.example.replies.0.says',
      'line 11, sites.slow.example.replies.0.for: must be a time like 90s',
    ])
      assert.match(error.message, part instanceof RegExp ? part : new RegExp(RegExp.escape(part)));
    return true;
  });
});

test('what is no YAML, and a file that is not there, are said so', async (t) => {
  await assert.rejects(loadShapingRules(await fileOf(t, 'a: [')), /not usable:\n.*line 1/);
  await assert.rejects(loadShapingRules('/nowhere/shaping.yaml'), /nowhere.*cannot be read/);
});

test('rules that say half of what they need are refused', () => {
  for (const [rule, why] of [
    ['{ id: a, do: suspend, for: 1h }', /must name class, says or both/],
    ['{ id: a, says: x, do: suspend }', /`for` is missing/],
    ['{ id: a, says: x, do: slow, for: 1h }', /goes with/],
    ['{ id: a, says: x, do: slow, slow: {}, for: 1h }', /must name messageRate/],
    ['{ id: a, class: no-such-class, do: nothing }', /class/],
    ['{ id: a, says: x, do: nothing, after: 0/h }', /must be a count/],
    ['{ id: a, says: x, do: nothing, foo: 1 }', /foo/],
  ] as const) {
    assert.throws(() => parseShapingRules(`defaults: { replies: [${rule}] }`, 'x.yaml'), why, rule);
  }
});

test('an empty file is our own rules', () => {
  assert.equal(parseShapingRules('', 'x.yaml').forSite('google.com').connections, 5);
});

test('a file that changed holds from then on; one that is broken changes nothing and is logged once', async (t) => {
  const file = await fileOf(t, 'defaults: { connections: 3 }');
  const errors: string[] = [];
  const log = createLogger({ service: 'test', destination: { write: (line) => errors.push(line) } });
  await using watched = watchShapingRules({ path: file, everyMs: 60_000, log });
  const connections = async () => {
    await watched.check();
    return watched.current().forSite('mx.example.net').connections;
  };

  assert.equal(await connections(), 3);
  await writeFile(file, 'defaults: { connections: 4 }');
  assert.equal(await connections(), 4);
  await writeFile(file, 'defaults: { connections: many }');
  assert.deepEqual([await connections(), await connections()], [4, 4]);
  await rm(file);
  assert.deepEqual([await connections(), await connections()], [4, 4]);
  await writeFile(file, 'defaults: { connections: 5 }');
  assert.equal(await connections(), 5);

  assert.equal(errors.filter((line) => line.includes('not usable, the former')).length, 2);
});

test('a file that is not usable at the start is refused', async (t) => {
  const path = await fileOf(t, 'defaults: 1');

  assert.throws(() => watchShapingRules({ path, log: silentLogger }), /not usable/);
});

async function fileOf(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-shaping-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'shaping.yaml');
  await writeFile(file, text);
  return file;
}
