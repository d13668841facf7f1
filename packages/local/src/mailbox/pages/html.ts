/** Markup that may stand in a page as it is. Only `html` and `trusted` make it. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Insert = string | number | Html | null | readonly (string | number | Html | null)[];

/** Builds markup. Whatever is inserted is escaped for text and for quoted attributes, unless it is Html itself (X01). */
export function html(fixed: TemplateStringsArray, ...inserts: Insert[]): Html {
  return new Html(
    fixed.map((part, at) => part + (at < inserts.length ? markupOf(inserts[at] ?? null) : '')).join(''),
  );
}

/** Declares markup of our own that holds nothing from outside. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Escapes text for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function markupOf(insert: Insert): string {
  if (insert === null) return '';
  if (insert instanceof Html) return insert.markup;
  if (typeof insert === 'string' || typeof insert === 'number') return escapeHtml(String(insert));
  return insert.map(markupOf).join('');
}
