import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountOfSmtpTokenId, generateSmtpPassword, generateSmtpTokenId } from './smtp-token.ts';

test("an SMTP user name has HubSpot's shape, and names its account", () => {
  const ids = Array.from({ length: 500 }, () => generateSmtpTokenId(1_234_567));

  assert.equal(new Set(ids).size, 500);
  for (const id of ids) {
    assert.match(id, /^[0-9a-z]{10}@1234567\.smtp\.posthorn$/);
    assert.equal(accountOfSmtpTokenId(id), 1_234_567);
  }
});

test('what was never an SMTP user name is none', () => {
  const id = generateSmtpTokenId(7);
  const wrong = [
    '',
    id.toUpperCase(),
    ` ${id}`,
    `${id}\n`,
    id.slice(1),
    id.replace('@7', '@07'),
    id.replace('@7', '@'),
    id.replace('.posthorn', '.hubspot.net'),
    'jane@shop.example',
  ];

  for (const text of wrong) assert.equal(accountOfSmtpTokenId(text), null, JSON.stringify(text));
});

test('an SMTP password is 30 letters and digits, and every one of the 62 occurs', () => {
  const passwords = Array.from({ length: 500 }, generateSmtpPassword);

  assert.equal(new Set(passwords).size, 500);
  for (const password of passwords) assert.match(password, /^[0-9A-Za-z]{30}$/);
  assert.equal(new Set(passwords.join('')).size, 62);
});
