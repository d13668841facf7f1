import { compile, type DomNode, type FormatCallback, type SelectorDefinition } from 'html-to-text';
import { edge } from './space-words.ts';

/** The attribute that marks an element which no reader sees. */
export const hiddenAttribute = 'data-posthorn-hidden';

/** Elements that begin on a line of their own, besides those that `html-to-text` knows as such. */
const blocks =
  'tr dt dd address caption center details fieldset figcaption figure legend summary optgroup option';

/** Makes the converter. `targets` has the written-out target for each link stand-in, to leave out a label that repeats it. */
export function createHtmlToText(targets: ReadonlyMap<string, string>): (html: string) => string {
  return compile({
    wordwrap: false,
    // The whole document: a tag of the template may stand before `<body>`.
    baseElements: { selectors: ['body-of-no-document'], returnDomByDefault: true },
    formatters: { link: createLinkFormatter(targets), alt: formatAlt, cell: formatCell, tags: formatTags },
    selectors: [
      { selector: 'a', format: 'link' },
      { selector: 'img', format: 'alt' },
      { selector: 'td', format: 'cell' },
      { selector: 'th', format: 'cell' },
      { selector: 'dl', format: 'block', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
      ...blocks.split(' ').map(
        (selector): SelectorDefinition => ({
          selector,
          format: 'block',
          options: { leadingLineBreaks: 1, trailingLineBreaks: 1 },
        }),
      ),
      ...['head > title', 'title', 'style', 'script', 'template', `*[${hiddenAttribute}]`].map(
        (selector) => ({ selector, format: 'tags' }),
      ),
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false, leadingLineBreaks: 2 },
      })),
    ],
  });
}

/** `label <target>` (RFC 3986, appendix C), or only the target where the label says the same. */
function createLinkFormatter(targets: ReadonlyMap<string, string>): FormatCallback {
  return (element, walk, builder) => {
    const href = String(element.attribs?.['href'] ?? '').trim();
    const label = labelOf(element.children).trim();
    const target = targets.get(href) ?? href;
    const shown = shownTarget(href);
    const repeats = label !== '' && [target, shown, target.replace(/^https?:\/\//, '')].includes(label);
    if (!repeats) walk(element.children ?? [], builder);
    if (href === '' || href.startsWith('#')) return;
    const url = repeats || label === '' ? shown : `<${shown}>`;
    builder.addInline(`${edge.urlStart}${url}${edge.urlEnd}`, { noWordTransform: true });
  };
}

/** An address or a number for itself; a mailto URL that names nobody is shown whole. */
function shownTarget(href: string): string {
  const [, scheme = '', path = ''] = /^(mailto|tel):([^?]*)/i.exec(href) ?? [];
  if (scheme === '' || path === '') return href;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function labelOf(nodes: readonly DomNode[] | undefined): string {
  return (nodes ?? [])
    .map((node) => {
      if (node.type === 'text') return node.data ?? '';
      return node.name === 'img' ? String(node.attribs?.['alt'] ?? '') : labelOf(node.children);
    })
    .join('');
}

const formatAlt: FormatCallback = (element, _walk, builder) => {
  const alt = String(element.attribs?.['alt'] ?? '').trim();
  if (alt !== '') builder.addInline(`${edge.alt}${alt}${edge.alt}`, {});
};

const formatCell: FormatCallback = (element, walk, builder) => {
  walk(element.children ?? [], builder);
  builder.addInline(' ', {});
};

/** What is not shown may still set a name or close a branch, so its tags stay. */
const formatTags: FormatCallback = (element, _walk, builder) => {
  const tags = textOf(element.children).match(/\ufdd0[TE]\d+\ufdd1/g) ?? [];
  if (tags.length > 0) builder.addInline(tags.join(''), { noWordTransform: true });
};

function textOf(nodes: readonly DomNode[] | undefined): string {
  return (nodes ?? [])
    .map((node) => (node.type === 'text' ? (node.data ?? '') : textOf(node.children)))
    .join('');
}
