import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sanitizeFileName } from './file-name.ts';

test('H05: an attachment name is safe to save anywhere', () => {
  const names: Record<string, string> = {
    '../../x': 'x',
    '..\\..\\x.pdf': 'x.pdf',
    '/etc/passwd': 'passwd',
    'C:\\a\\b.txt': 'b.txt',
    'a\0.pdf': 'a.pdf',
    'evil\u202efdp.exe': 'evilfdp.exe',
    CON: '_CON',
    'nul.txt': '_nul.txt',
    'console.log': 'console.log',
    'a<b>:c|d?e*f".txt': 'a_b__c_d_e_f_.txt',
    '.htaccess': 'htaccess',
    'trailing. . ': 'trailing',
    '..': 'attachment',
    '': 'attachment',
    'a\r\nb.txt': 'ab.txt',
    'می\u200cخواهم.pdf': 'می\u200cخواهم.pdf',
    'क्\u200dष.pdf': 'क्\u200dष.pdf',
    '👩\u200d👧.png': '👩\u200d👧.png',
    '🏴\u{e0067}\u{e0062}\u{e007f}.png': '🏴\u{e0067}\u{e0062}\u{e007f}.png',
    'a\u{e0067}b.png': 'ab.png',
    '\u200da\u200c': 'a',
    'zero\u200bwidth\u00ad.txt': 'zerowidth.txt',
    'Re\u0301sume\u0301.pdf': 'R\u00e9sum\u00e9.pdf',
  };

  for (const [name, expected] of Object.entries(names))
    assert.equal(sanitizeFileName(name), expected, JSON.stringify(name));
});

test('H05: a name of 10 kB is cut to 255 bytes between characters, its extension kept', () => {
  assert.equal(sanitizeFileName(`${'a'.repeat(10_240)}.pdf`), `${'a'.repeat(251)}.pdf`);
  assert.equal(sanitizeFileName(`${'🎉'.repeat(2_560)}.pdf`), `${'🎉'.repeat(62)}.pdf`);
});

test('H05: whatever the name, it has no path, no control, no more than 255 bytes, and stays the same the second time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
      const safe = sanitizeFileName(name);
      assert.match(safe, /^[^/\\\p{Cc}\p{Cf}]+$/u);
      assert.ok(Buffer.byteLength(safe) <= 255);
      assert.equal(sanitizeFileName(safe), safe);
    }),
    { numRuns: 1_000 },
  );
});
