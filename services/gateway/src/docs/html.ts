/** HTML that is finished: put into other HTML as it is. */
export type Html = Readonly<{ html: string }>;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(value: Html | string | number | readonly Html[] | false | undefined): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
  if (typeof value === 'number') return String(value);
  if ('html' in value) return value.html;
  return value.map(({ html }) => html).join('');
}

/** Writes HTML: whatever is put in is escaped, unless it is HTML made by this. */
export function html(parts: TemplateStringsArray, ...values: Parameters<typeof textOf>[0][]): Html {
  return { html: parts.map((part, index) => part + textOf(values[index])).join('') };
}

/** Text with the two marks that our descriptions use: paragraphs, and code between backquotes. */
export function prose(text: string): Html {
  const paragraphs = text.split('\n\n').filter(Boolean);
  return html`${paragraphs.map((paragraph) => html`<p>${inline(paragraph)}</p>`)}`;
}

/** One line of text with code between backquotes. */
export function inline(text: string): Html {
  return html`${text.split('`').map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`))}`;
}
