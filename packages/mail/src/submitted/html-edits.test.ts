import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, copyOf, htmlMail, tracking } from './fixture.ts';

/** The HTML that leaves of some HTML that came. */
function tracked(html: string, only: Partial<typeof tracking> = { pixelUrl: null }): string {
  const copy = copyOf(htmlMail(html), { tracking: { ...tracking, ...only } });
  return copy.body.slice(0, -2);
}

const link = (index: number, target: string): string =>
  tracking.linkUrl(index, target).replaceAll('&', '&amp;');

const cases: readonly (readonly [what: string, before: string, after: string])[] = [
  ['a link in quotes', '<a href="http://x.test/">', `<a href="${link(0, 'http://x.test/')}">`],
  ['apostrophes', "<A HREF='https://x.test/a'>", `<A HREF='${link(0, 'https://x.test/a')}'>`],
  ['no quotes', '<a href=https://x.test/a>', `<a href="${link(0, 'https://x.test/a')}">`],
  [
    'area',
    '<map><area href="http://x.test/1"></map>',
    `<map><area href="${link(0, 'http://x.test/1')}"></map>`,
  ],
  [
    'references',
    '<a href="http://x.test/?a=1&amp;b=&#50;">',
    `<a href="${link(0, 'http://x.test/?a=1&b=2')}">`,
  ],
  ['a scheme in references', '<a href="&#104;ttp://x.test/">', `<a href="${link(0, 'http://x.test/')}">`],
  ['blanks and line ends', '<a href=" http://x.test/\r\n a ">', `<a href="${link(0, 'http://x.test/ a')}">`],
  [
    'two hrefs',
    '<a href="http://x.test/1" href="http://x.test/2">',
    `<a href="${link(0, 'http://x.test/1')}" href="http://x.test/2">`,
  ],
  [
    'two links',
    '<a href="http://x.test/1">1</a><a href="http://x.test/2">',
    `<a href="${link(0, 'http://x.test/1')}">1</a><a href="${link(1, 'http://x.test/2')}">`,
  ],
  [
    'a conditional comment',
    '<!--[if mso]><a href="http://x.test/"><![endif]-->',
    `<!--[if mso]><a href="${link(0, 'http://x.test/')}"><![endif]-->`,
  ],
  [
    'a button of VML',
    '<!--[if mso]><v:roundrect xmlns:v="urn:x" href="http://x.test/"><v:fill src="http://x.test/i.png"/><![endif]-->',
    `<!--[if mso]><v:roundrect xmlns:v="urn:x" href="${link(0, 'http://x.test/')}"><v:fill src="http://x.test/i.png"/><![endif]-->`,
  ],
  ['a broken tag before it', '<p <b <a href="http://x.test/">', '<p <b <a href="http://x.test/">'],
  [
    'an unclosed quote before it',
    '<p title="x><a href="http://x.test/">',
    '<p title="x><a href="http://x.test/">',
  ],
  [
    'nonsense around it',
    '<<>><a href="http://x.test/"></ a><',
    `<<>><a href="${link(0, 'http://x.test/')}"></ a><`,
  ],
];

for (const [what, before, after] of cases) {
  test(`a link is tracked where it is one: ${what}`, () => assert.equal(tracked(before), after));
}

const untouched = [
  ...[
    '<a href="mailto:a@x.test">',
    '<a href="tel:+1">',
    '<a href="#top">',
    '<a href="/rel">',
    '<a href="//x.test/">',
  ],
  ...[
    '<a href="javascript:location=\'http://x.test/\'">',
    '<a href="data:text/html,x">',
    '<a href="">',
    '<a href>',
    '<a name="http://x.test/">',
  ],
  ...[
    '<!-- <a href="http://x.test/"> -->',
    '<script>"<a href=\'http://x.test/\'>"</script>',
    '<style><a href="http://x.test/"></style>',
  ],
  ...[
    '<textarea><a href="http://x.test/"></textarea>',
    '<title><a href="http://x.test/"></title>',
    '<![CDATA[<a href="http://x.test/">]]>',
  ],
  ...[
    '<link href="http://x.test/">',
    '<base href="http://x.test/">',
    '<img src="http://x.test/">',
    '<abbr href="http://x.test/">',
  ],
  ...[
    '<a href="https://t.test/c/1">ours already</a>',
    '<a href="http://[/">no URL</a>',
    '<a href="https:x.test">no host</a>',
  ],
  ...[
    '<a href="http://x.test/',
    '<a href=',
    '<a',
    '<',
    'plain text http://x.test/',
    '-----BEGIN PGP SIGNED MESSAGE-----\r\n<a href="http://x.test/">',
  ],
];

for (const html of untouched) {
  test(`stays to the byte: ${html.slice(0, 60).replaceAll('\r\n', ' ')}`, () =>
    assert.equal(tracked(html), html));
}

test('data-posthorn-notrack keeps a link untracked, and leaves no trace in any copy', () => {
  const html =
    '<a data-posthorn-notrack href="http://x.test/1">1</a><a href="http://x.test/2"\r\n data-posthorn-notrack="yes" >2</a><a href=http://x.test/3 DATA-POSTHORN-NOTRACK>3</a>';
  const clean =
    '<a href="http://x.test/1">1</a><a href="http://x.test/2"\r\n >2</a><a href=http://x.test/3>3</a>';

  assert.equal(tracked(html), clean);
  assert.equal(copyOf(htmlMail(html), { tracking: null }).body, `${clean}\r\n`);
});

const image =
  '<img src="https://t.test/o.gif" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">';
const places: readonly (readonly [what: string, before: string, after: string])[] = [
  ['before </body>', '<html><body>x</BODY ></html>', `<html><body>x${image}</BODY ></html>`],
  ['before the last of two', '<p>&lt;/body></body></body>x', `<p>&lt;/body></body>${image}</body>x`],
  ['not in a comment', '<body>x</body><!-- </body> -->', `<body>x${image}</body><!-- </body> -->`],
  ['before </html>', '<html>x</html>', `<html>x${image}</html>`],
  ['at the end', '<p>x', `<p>x\r\n${image}`],
];

for (const [what, before, after] of places) {
  test(`the pixel goes in ${what}`, () => assert.equal(tracked(before, {}), after));
}

test('text that holds no tag gets no pixel', () => {
  assert.equal(bytesOf(copyOf(htmlMail('just text'))).split('\r\n\r\n')[1], 'just text\r\n');
});
