import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { cleanHeaderText } from '../header/header-text.ts';
import { formatMailboxes } from './format-mailbox.ts';
import { parseMailbox } from './parse-mailbox.ts';

test('H01, H03: whatever the names, another parser reads the very same addresses, and the names too', async () => {
  const pieces = fc.constantFrom(
    '"',
    '\\',
    '<',
    '>',
    '@',
    'evil@x.example',
    ',',
    ';',
    ':',
    '(',
    ')',
    '=?',
    '?=',
    ' ',
    '\r\n',
    'é',
    '🎉',
    'a',
  );
  const names = fc.oneof(
    fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 90 }),
  );
  const addresses = fc.constantFrom(
    'a@example.com',
    `${'l'.repeat(64)}@${'d'.repeat(60)}.example`,
    'josé@example.com',
  );
  const mailboxes = fc.array(fc.record({ name: names, address: addresses }), { minLength: 1, maxLength: 4 });

  await fc.assert(
    fc.asyncProperty(mailboxes, async (list) => {
      const header = `To: ${formatMailboxes(list, 'To: '.length)}\r\n`;

      assert.ok(header.split('\r\n').every((line) => line.length <= 998));
      const { to } = await simpleParser(`${header}\r\n`);
      const read = [to].flat().flatMap((field) => field?.value ?? []);
      assert.deepEqual(
        read.map(({ address }) => address),
        list.map(({ address }) => address),
      );
      assert.deepEqual(
        read.map(({ name }) => squeeze(name)),
        list.map(({ name }) => squeeze(cleanHeaderText(name))),
      );
    }),
    { numRuns: 500 },
  );
});

test('a mailbox we wrote is one we read, where its name needs no encoding', () => {
  for (const name of ['', 'Ada', 'Ada "the first" <x>', 'Acme, Inc. \\ Co', 'a@b']) {
    const written = formatMailboxes([{ name, address: 'a@example.com' }], 0);
    const parsed = parseMailbox(written);
    assert.equal(parsed.kind === 'mailbox' && parsed.mailbox.name, name, written);
  }
});

/** Readers differ in how they take runs of blanks in a name. */
function squeeze(name: string): string {
  return name.replace(/\s+/g, ' ').trim();
}
