import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodyOf, mail } from './fixture.ts';

/** A style as a browser reads it from the attribute. */
function styleOf(style: string, v: unknown, more: Record<string, unknown> = {}): string {
  const html = bodyOf(`<p style="${style}">`, { custom: { v, ...more } });
  const raw = /^<p style="([^"]*)">$/.exec(html)?.[1] ?? html;
  return raw.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

test('what an author writes into a style stays as it is', () => {
  const styles = [
    "background:url('https://x.test/a.png?b=c&amp;d=e') no-repeat;color:rgb(1, 2, 3)",
    'background:url(https://x.test/a.png);color:rgba(0,0,0,.5) !important;width:calc(100% - 2px)',
    "font-family:&quot;Helvetica Neue&quot;, 'A B'; /* ; { */ content:'\\201C'",
  ];
  for (const style of styles) assert.equal(bodyOf(`<p style="${style}">`), `<p style="${style}">`);
  const css =
    '@import url("https://x.test/f.css"); .a:hover > b { color: hsl(1 2% 3% / 4%); src: url(b.woff) }';
  assert.equal(bodyOf(`<style>${css}</style>`), `<style>${css}</style>`);
});

test('a value may be the URL of an image in a style, or a part of it', () => {
  const url = "https://x.test/a b(1)'s.png?c=d&e=f;g";
  const encoded = 'https://x.test/a%20b%281%29%27s.png?c=d&e=f%3Bg';

  for (const quote of ["'", '&quot;', '']) {
    const shown = quote === '&quot;' ? '"' : quote;
    assert.equal(
      styleOf(`background-image:url(${quote}{{ custom.v }}${quote});color:red`, url),
      `background-image:url(${shown}${encoded}${shown});color:red`,
    );
  }
  assert.equal(
    styleOf("background:url( 'https://x.test/{{ custom.v }}?q={{ custom.q }}') red", 'a/b', { q: 'c/d' }),
    "background:url( 'https://x.test/a/b?q=c%2Fd') red",
  );
  assert.equal(
    styleOf('background:{{ custom.v }} no-repeat', 'url(https://x.test/a.png)'),
    "background:url('https://x.test/a.png') no-repeat",
  );
  assert.equal(
    bodyOf('<style>p { background: url({{ custom.v }}) }</style>', { custom: { v: url } }),
    `<style>p { background: url(${encoded}) }</style>`,
  );
});

test('T05: a URL in a style has no other scheme than http, https and cid', () => {
  for (const v of ['javascript:alert(1)', 'data:image/svg+xml,x', 'mailto:a@x.test', 'file:///etc/passwd']) {
    assert.equal(styleOf("background:url('{{ custom.v }}')", v), "background:url('')", v);
    assert.doesNotMatch(styleOf('background:{{ custom.v }}', `url(${v})`), /[:(].*[:(]/, v);
  }
  assert.equal(styleOf('background:url({{ custom.v }})', 'cid:logo'), 'background:url(cid:logo)');
});

test('a value may be what a declaration holds: colors, lengths, fonts and functions that only compute', () => {
  const values = [
    'rgb(255, 0, 0)',
    'rgba(0 0 0 / 50%)',
    'hsl(120deg 100% 50%)',
    '#a1B2c3',
    '12px',
    '-1.5em auto 0 .5rem',
    'calc(100% - (2 * 4px))'.replace('(2 * 4px)', '8px'),
    'Arial, sans-serif',
    'メイリオ, sans-serif',
    'linear-gradient(90deg, rgb(1, 2, 3), #fff 50%)',
    'red !important',
  ];
  for (const v of values) assert.equal(styleOf('color: {{ custom.v }}; top: 0', v), `color: ${v}; top: 0`);
  assert.equal(
    styleOf('font-family: {{ custom.v }}', `"Helvetica Neue", 'A'`),
    "font-family: 'Helvetica Neue', 'A'",
  );
  assert.equal(styleOf('color:rgb({{ custom.v }}, 2, 3)', '1'), 'color:rgb(1, 2, 3)');
  assert.equal(
    styleOf('width:{{ custom.v }}px;color:#{{ custom.c }}', 5, { c: '0ff' }),
    'width:5px;color:#0ff',
  );
});

test('a value may bring whole declarations, and those that hold more than plain values are left out', () => {
  const v = 'color: rgb(1,2,3); width:10px;; behavior:url(x.htc); top:expression(alert(1)); left:1px;';

  assert.equal(styleOf('{{ custom.v }}', v), 'color: rgb(1,2,3); width: 10px; left: 1px');
  assert.equal(
    styleOf('top:0;{{ custom.v }}; margin:0', v),
    'top:0;color: rgb(1,2,3); width: 10px; left: 1px; margin:0',
  );
  assert.equal(
    bodyOf('<style>p { {{ custom.v }} }</style>', { custom: { v } }),
    '<style>p { color: rgb(1,2,3); width: 10px; left: 1px }</style>',
  );
});

test('a value in a quoted text of a style cannot end it', () => {
  const v = `A "B" 'C' \\ </style>;}`;

  assert.equal(
    styleOf("font-family:'{{ custom.v }}',serif", v),
    "font-family:'A \\22 B\\22  \\27 C\\27  \\5c  \\3c /style\\3e \\3b \\7d ',serif",
  );
});

const attacks = [
  ...['red;background:url(https://e.test)', 'red}', '/*', '*/', '</style><b>', '" onload="x', "' x='"],
  ...[
    'url(javascript:x)',
    'url("a',
    'expression(alert(1))',
    '\\65 xpression(x)',
    'rgb(1',
    'a)',
    '@import "x"',
    '{',
  ],
];
const value = fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: 'binary' }));
const places = [
  'color: {{ custom.v }}; top: 0',
  'background: url({{ custom.v }}); top: 0',
  "background: url('https://x.test/{{ custom.v }}'); top: 0",
  "font-family: '{{ custom.v }}'; top: 0",
];

test('T04: no value ends its declaration, opens a comment or a block, or leaves its attribute or element', () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (style, v) => {
      const shown = styleOf(style, v);
      assert.ok(shown.endsWith('; top: 0'), shown);
      const inside = shown.slice(0, -'; top: 0'.length).replace(/\\[0-9a-f]+ /g, '');
      assert.doesNotMatch(inside.replace(/'[^']*'|url\([^()]*\)/g, ''), /[;{}<>\\()'"]|\/\*|:.*:/, shown);
      const { html } = mail({ html: `<style>p { ${style} }</style>` }, { custom: { v } });
      assert.equal(html.split('</style>').length, 2);
    }),
    { numRuns: 2_000 },
  );
});
