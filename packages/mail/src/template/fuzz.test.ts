import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { compileEmail } from './compile-email.ts';
import { marker } from './markers.ts';
import { createRenderer } from './render/create-renderer.ts';
import { joinTracked } from './render/slotted-text.ts';

const fragments = [
  ...[
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    '{',
    '}',
    '-',
    ' ',
    '\n',
    '"',
    "'",
    '<',
    '>',
    '/',
    '=',
    '&',
    '&amp;',
    '|',
    ':',
    ',',
    '.',
    '(',
    ')',
  ],
  ...[
    '{{ contact.x }}',
    '{{ custom.y|default("d") }}',
    '{{ custom.y|upper|e }}',
    '{%- if contact.x -%}',
    '{% else %}',
    '{% endif %}',
  ],
  ...[
    '{% for i in custom.l %}',
    '{{ i }}{{ loop.index }}',
    '{% endfor %}',
    '{% set z = 1 %}',
    '{% raw %}',
    '{% endraw %}',
    '{{ z }}',
  ],
  ...[
    '<a href="',
    '<a href=',
    '<p title="',
    '<p style="',
    '<b ',
    '</b>',
    '<style>',
    '</style>',
    '<script>',
    '</script>',
    '<!--',
    '-->',
  ],
  ...[
    '<!--[if mso]>',
    '<![endif]-->',
    '<body>',
    '</body>',
    '<html>',
    'https://x.test/?a=',
    'javascript:',
    'mailto:',
    'data-posthorn-notrack',
  ],
  ...[
    '\u0001',
    '\u0003',
    '\ufdd0',
    'é',
    '\ud83d',
    'contact',
    'x',
    '0',
    'not',
    'is',
    'in',
    'if',
    'else',
    '~',
    '+',
    '*',
    '[',
    ']',
  ],
];

const source = fc.array(fc.constantFrom(...fragments), { maxLength: 40 }).map((parts) => parts.join(''));
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'javascript:x',
    '"><script>',
    "' onload=x '",
    '\u00010\u0003',
    '{{ 1 }}',
    '--><b>',
    '\r\nBcc: x',
  ),
);

test('T02, T04: whatever an author writes, compiling ends in a compiled email or in problems, and rendering never throws', () => {
  fc.assert(
    fc.property(source, source, value, (html, plainText, x) => {
      const compiled = compileEmail({ subject: plainText, previewText: '', fromName: '', html, plainText });
      if (compiled.kind === 'refused') return assert.ok(compiled.problems.length > 0);

      const scope = { contact: { x }, custom: { y: x, l: [x, 1] }, account: {} };
      const result = createRenderer(compiled).render(scope);
      if (result.kind !== 'rendered') return;
      const { html: joined, text } = joinTracked(result, { pixelUrl: null, linkUrl: (_, target) => target });
      for (const mark of Object.values(marker)) assert.ok(!(joined + text + result.subject).includes(mark));
      assert.doesNotMatch(result.subject, /[\r\n]/);
    }),
    { numRuns: 3_000 },
  );
});

const shell =
  '<body><p title="{{ contact.x }}">{{ contact.x }}</p><a href="{{ contact.x }}">l</a><a href="https://x.test/{{ contact.x }}?q={{ contact.x }}#{{ contact.x }}">m</a>' +
  '<img src="{{ contact.x }}" alt=\'{{ contact.x }}\' style="color: {{ contact.x }}"><!-- {{ contact.x }} --><style>{{ contact.x }}</style></body>';

test('T04, T05: no value adds an element, an attribute or a scheme to a mail', () => {
  const compiled = compileEmail({ subject: '', previewText: '{{ contact.x }}', fromName: '', html: shell });
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems));
  const { render } = createRenderer(compiled);
  const structureOf = (x: string) => {
    const result = render({ contact: { x }, custom: {}, account: {} });
    if (result.kind !== 'rendered') throw new Error(result.kind);
    return structure(joinTracked(result, { pixelUrl: null, linkUrl: (_, target) => target }).html);
  };
  const plain = structureOf('plain');

  fc.assert(
    fc.property(value, (x) => assert.deepEqual(structureOf(x), plain)),
    { numRuns: 3_000 },
  );
});

/** Names of elements and attributes, in order; fails on a URL of a scheme that mail does not have. */
function structure(html: string): string[] {
  const found: string[] = [];
  const parser = new Parser({
    onopentag: (name, attributes) => {
      found.push(name, ...Object.keys(attributes));
      for (const url of [attributes['href'], attributes['src']]) {
        assert.doesNotMatch(url ?? '', /^[\s\p{Cc}]*(?!https?:|mailto:|tel:|cid:)[a-z][a-z0-9+.-]*:/iu);
      }
    },
  });
  parser.end(html);
  return found;
}
