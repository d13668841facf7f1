import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { composeMessage, type MessageInput } from '../mime/compose-message.ts';
import { generateDkimKeys } from './generate-keys.ts';
import { renditionOf } from './rendition.ts';
import { createDkimSigner } from './sign.ts';

const atMs = Date.UTC(2026, 10, 21, 12);
const { signers, resolver } = await setUp();

test('S02: a message of any subject, name, text and HTML verifies after it was composed and signed', async () => {
  const pieces = fc.constantFrom(
    '\r',
    '\n',
    '\0',
    ' ',
    '\t',
    '.',
    '=',
    'é',
    '🎉',
    'word',
    'x'.repeat(999),
    '--=_',
    'From ',
  );
  const texts = fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(''));

  await fc.assert(
    fc.asyncProperty(texts, texts, texts, async (subject, text, html) => {
      const rendition = renditionOf(compose({ subject, text, html }), signers, atMs);
      const { results } = await dkimVerify(Buffer.from(rendition, 'latin1'), {
        resolver,
        curTime: new Date(atMs),
      });
      assert.deepEqual(
        results.map(({ status }) => [status.result, status.aligned]),
        [
          ['pass', 'example.com'],
          ['pass', 'example.com'],
        ],
      );
    }),
    { numRuns: 100 },
  );
});

test('a second rendering of the same send has the same bytes', () => {
  const render = (): string => renditionOf(compose({ subject: 's', text: 't', html: 'h' }), signers, atMs);

  assert.equal(render(), render());
});

test('lines sent with a dot stuffed and back, and blanks trimmed on the way, do not break a signature', async () => {
  const rendition = renditionOf(
    compose({ subject: 's', text: '.dot\n \nend  ', html: '<p>\n  x \t y\n</p>' }),
    signers,
    atMs,
  );
  const relayed = rendition
    .replace(/^\./gm, '..')
    .replace(/^\.\./gm, '.')
    .replace(/[ \t]+\r\n/g, '\r\n');

  const { results } = await dkimVerify(Buffer.from(relayed, 'latin1'), { resolver, curTime: new Date(atMs) });

  assert.deepEqual(
    results.map(({ status }) => status.result),
    ['pass', 'pass'],
  );
});

function compose(input: Pick<MessageInput, 'subject' | 'text' | 'html'>) {
  const from = { name: input.subject, address: 'shop@example.com' };
  const to = [{ name: '', address: 'josé@example.net' }];
  return composeMessage({
    from,
    to,
    messageId: 'id@example.com',
    dateMs: atMs,
    boundarySeed: 'seed',
    ...input,
  });
}

async function setUp() {
  const { rsa, ed25519 } = await generateDkimKeys();
  const make = ({ privateKeyPem, algorithm }: typeof rsa) =>
    createDkimSigner({
      domain: 'example.com',
      selector: algorithm,
      key: createPrivateKey(privateKeyPem),
      algorithm,
    });
  const records = new Map(
    [rsa, ed25519].map(({ algorithm, dnsValue }) => [`${algorithm}._domainkey.example.com`, dnsValue]),
  );
  return {
    signers: [make(rsa), make(ed25519)],
    resolver: async (name: string) => [[records.get(name) ?? '']],
  };
}
