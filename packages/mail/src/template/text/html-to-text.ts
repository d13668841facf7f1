import { compile, type DomNode, type FormatCallback } from 'html-to-text';

/** Makes the converter. `targets` has the written-out target for each link stand-in, to leave out a label that repeats it. */
export function createHtmlToText(targets: ReadonlyMap<string, string>): (html: string) => string {
  return compile({
    wordwrap: false,
    // The whole document: a tag of the template may stand before `<body>`.
    baseElements: { selectors: ['body-of-no-document'], returnDomByDefault: true },
    formatters: { link: createLinkFormatter(targets), alt: formatAlt, cell: formatCell },
    selectors: [
      { selector: 'a', format: 'link' },
      { selector: 'img', format: 'alt' },
      { selector: 'td', format: 'cell' },
      { selector: 'th', format: 'cell' },
      { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      ...['head > title', 'title', 'style', 'script'].map((selector) => ({ selector, format: 'skip' })),
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false },
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
    const repeats =
      label !== '' && [target, target.replace(/^(https?:\/\/|mailto:|tel:)/, '')].includes(label);
    if (!repeats) walk(element.children ?? [], builder);
    if (href === '' || href.startsWith('#')) return;
    const shown = href.replace(/^(mailto|tel):/, '');
    builder.addInline(repeats || label === '' ? shown : ` <${shown}>`, { noWordTransform: true });
  };
}

function labelOf(nodes: readonly DomNode[] | undefined): string {
  return (nodes ?? [])
    .map((node) => (node.type === 'text' ? (node.data ?? '') : labelOf(node.children)))
    .join('');
}

const formatAlt: FormatCallback = (element, _walk, builder) => {
  builder.addInline(String(element.attribs?.['alt'] ?? ''), {});
};

const formatCell: FormatCallback = (element, walk, builder) => {
  walk(element.children ?? [], builder);
  builder.addInline(' ', {});
};
