import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mail, renderDraft, type Values } from './fixture.ts';
import { joinTracked } from './render/slotted-text.ts';

/** The text part with each tracked URL in brackets. */
function marked(plainText: string, custom: Values['custom'] = {}): string {
  const result = renderDraft({ html: '<p>x</p>', plainText }, { custom });
  if (result.kind !== 'rendered') throw new Error(JSON.stringify(result));
  return joinTracked(result, { pixelUrl: null, linkUrl: (_, target) => `⟦${target}⟧` }).text;
}

/** Checks that exactly what stands in ⟦ ⟧ is tracked; values are written as they come out. */
function assertUrls(texts: readonly string[]): void {
  for (const text of texts) assert.equal(marked(text.replace(/[⟦⟧]/g, '')), text);
}

test('the punctuation, quotes and brackets of a sentence do not belong to a URL, those of the URL do', () => {
  assertUrls([
    "Your report: ⟦https://x.test/docs/doc'dec2026.xlsx⟧ is there.",
    'Read ⟦https://x.test/wiki/Order_(business)⟧ first (see ⟦https://x.test/wiki/A_(b)⟧).',
    '(⟦https://x.test/a⟧)(⟦https://x.test/b⟧), [⟦https://x.test/?a[]=1⟧] {⟦https://x.test/c⟧}',
    '⟦https://x.test/a⟧. ⟦https://x.test/b⟧, ⟦https://x.test/c⟧; ⟦https://x.test/d⟧! ⟦https://x.test/e⟧?! ⟦https://x.test/f⟧...',
    "'⟦https://x.test/a⟧','⟦https://x.test/b⟧' and \"⟦https://x.test/it's⟧\" and <⟦https://x.test/c⟧>",
    '*⟦https://x.test/a⟧* _⟦https://x.test/b_c⟧_ **⟦https://x.test/d⟧** `⟦https://x.test/e⟧` [l](⟦https://x.test/f⟧)more',
    '⟦https://x.test/a?b=c&d=e#f!g=(h)⟧\n⟦http://[::1]:8080/a⟧ ⟦HTTPS://X.test⟧',
    '⟦https://x.test/?u=https://y.test/a⟧ ⟦https://x.test/a⟧\u00a0b ⟦https://x.test/c⟧\u200b',
  ]);
});

test('a URL ends before letters of Chinese, Japanese and Korean and before typographic and full-width signs', () => {
  assertUrls([
    '詳しくは⟦https://x.test/order/5⟧をご覧ください。한국어⟦https://x.test/5⟧에서',
    '订单：⟦https://x.test/o/5⟧，谢谢。\n詳細（⟦https://x.test/o/6⟧）\n⟦https://x.test/o/7⟧。',
    'Open “⟦https://x.test/o/5⟧” today, voir «⟦https://x.test/o/6⟧». Soon: ⟦https://x.test/o/7⟧… ‘⟦https://x.test/8⟧’ — ⟦https://x.test/9⟧—so',
    '「⟦https://x.test/1⟧」【⟦https://x.test/2⟧】⟦https://x.test/3⟧、⟦https://x.test/4⟧！⟦https://x.test/5⟧ー',
  ]);
});

test('other letters belong to a URL, as in an international one', () => {
  assertUrls(['⟦https://пример.test/путь?ключ=значение⟧, ⟦https://x.test/straße⟧ ⟦https://x.test/αβγ⟧.']);
});

test('a URL whose end cannot be told stays as it is written', () => {
  assertUrls([
    'https://x.test/5🎉 https://x.test/a|b https://x.test/a)b https://x.test/?q=日本 https:// http://? xhttps://x.test/',
    'https://x.test/a,https://x.test/b https://日本語.test/ https://x.test/a(b',
  ]);
});

test('a URL goes on through values, and punctuation behind the last one belongs to the sentence', () => {
  const custom = { id: 'A 1', no: '', l: [1] };

  assert.equal(marked('at https://x.test/{{ custom.id }}.', custom), 'at ⟦https://x.test/A%201⟧.');
  assert.equal(
    marked('(https://x.test/{{ custom.id }}?q={{ custom.id }}){% if custom.id %} b{% endif %}', custom),
    '(⟦https://x.test/A%201?q=A%201⟧) b',
  );
  assert.equal(
    marked('https://x.test/?q={{ custom.id|urlencode }}, {{ custom.id }}', custom),
    '⟦https://x.test/?q=A%201⟧, A 1',
  );
  assert.equal(marked('https://x.test/a {{- custom.id }}', custom), '⟦https://x.test/aA%201⟧');
});

test('a branch within a URL belongs to it, and a URL ends at a tag where it does on every way', () => {
  const custom = { a: 'A', no: '', l: [1, 2] };
  const cases: readonly (readonly [string, string])[] = [
    ['https://x.test/{% if custom.a %}a{% else %}b{% endif %}/c.', '⟦https://x.test/a/c⟧.'],
    ['{% if custom.a %}https://x.test/a.{% else %}https://x.test/b{% endif %}\nc', '⟦https://x.test/a⟧.\nc'],
    ['{% for i in custom.l %}https://x.test/{{ i }} {% endfor %}', '⟦https://x.test/1⟧ ⟦https://x.test/2⟧ '],
    [
      '{% for i in custom.l %}\nhttps://x.test/{{ i }}{% endfor %}',
      '\n⟦https://x.test/1⟧\n⟦https://x.test/2⟧',
    ],
    ['https://x.test/a{% if custom.a %} (paid){% endif %}\n', '⟦https://x.test/a⟧ (paid)\n'],
    // Each of these may go on.
    ['{% for i in custom.l %}https://x.test/{{ i }}{% endfor %}', 'https://x.test/1https://x.test/2'],
    ['{% if custom.a %}https://x.test/a{% endif %}b', 'https://x.test/ab'],
    ['https://x.test/a{% if custom.no %} c{% endif %}b', 'https://x.test/ab'],
    ['https://x.test/{% if custom.a %}a.{% endif %} b', 'https://x.test/a. b'],
    ['{% if custom.a %}https://x.test/a{% endif -%} b', 'https://x.test/ab'],
  ];

  for (const [text, shown] of cases) assert.equal(marked(text, custom), shown, text);
});

const url = fc
  .tuple(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.constantFrom('', '/a(b)', "/d'e", '/ж', '/{{ custom.id }}', '?q={{ custom.id }}', '/a_b~c'),
  )
  .map(([base, more]) => new URL(base).origin + more);
const before = fc.constantFrom(
  '',
  'See ',
  'x: ',
  '(',
  '“',
  '「',
  '<',
  '\n',
  '详情：',
  '"',
  '{{ custom.id }} ',
);
const after = fc.constantFrom(
  '',
  '.',
  ', and',
  ')',
  ').',
  '!',
  '”',
  '」',
  '>',
  '"',
  '…',
  '。',
  'をご覧',
  ' x',
  '\n\n\ny',
  '?\n',
);

test('for any text around a URL, the link leads to the URL and what is around it stays as it is', () => {
  const custom = { id: 'i/1' };
  fc.assert(
    fc.property(before, url, after, (left, written, right) => {
      const shown = written.replace('?q={{ custom.id }}', '?q=i%2F1').replace('{{ custom.id }}', 'i/1');
      const around = left.replace('{{ custom.id }}', 'i/1');
      assert.equal(marked(left + written + right, custom), `${around}⟦${shown}⟧${right}`);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever an author writes, an untracked text part leaves as it was written', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'https://',
      'http://x.test/',
      '(',
      ')',
      '[',
      "'",
      '。',
      '日',
      '🎉',
      '\n\n\n',
      ' ',
      '*',
      'a',
      '|',
    ),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
      const plainText = parts
        .join('')
        .replace(/[{}\p{Cc}\p{Cn}]|\r/gu, (sign) => (sign === '\n' ? sign : ' '));
      if (plainText.trim() !== '') assert.equal(mail({ html: 'x', plainText }).text, plainText);
    }),
    { numRuns: 2_000 },
  );
});

test('T02: a long text of signs is searched in time that grows with its length', { timeout: 20_000 }, () => {
  for (const part of [
    '.',
    "'",
    '(',
    ')',
    'https://',
    'https://a.test/)b ',
    '|',
    '{% if 1 %}https://a{% endif %}',
  ])
    mail({
      html: 'x',
      plainText: `https://x.test/${part.repeat(part.includes('%') ? 6_000 : 200_000 / part.length)}a`,
    });
});
