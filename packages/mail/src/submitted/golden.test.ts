import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bytesOf, copyOf } from './fixture.ts';

for (const name of ['invoice', 'invitation', 'signed', 'old-script']) {
  test(`fixtures/${name}.eml leaves to the byte as fixtures/${name}.tracked.eml`, async () => {
    const raw = (await fixture(name)).replaceAll('\n', '\r\n');

    const written = bytesOf(copyOf(raw)).replaceAll('\r\n', '\n');

    assert.equal(written, await fixture(`${name}.tracked`));
  });
}

/** Kept with LF, since git and editors change CRLF. */
async function fixture(name: string): Promise<string> {
  return await readFile(new URL(`fixtures/${name}.eml`, import.meta.url), 'latin1');
}
