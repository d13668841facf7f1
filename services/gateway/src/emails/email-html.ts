import type { EmailContent, JsonValue } from '@posthorn/contracts';

/** A piece of an email's HTML, and the field it was written in. */
type Piece = Readonly<{ field: string; html: string }>;

/** The whole HTML of an email, and which field each of its lines came from. */
export type EmailHtml = Readonly<{
  html: string;
  /** The field and its own line, for a line of the whole; both from 1. */
  fieldAt: (line: number) => Readonly<{ field: string; line: number }>;
}>;

/** Where HubSpot's editor keeps the preview text. */
export const previewTextField = 'content.widgets.preview_text.body.value';
const previewWidget = 'preview_text';

/** Puts an email's HTML together: `content.html`, else its widgets in the order of `flexAreas`, of `order`, as written. */
export function emailHtmlOf(content: EmailContent): EmailHtml {
  const pieces = content.html ? [{ field: 'content.html', html: content.html }] : widgetPieces(content);
  return { html: pieces.map(({ html }) => html).join('\n'), fieldAt: (line) => fieldAt(pieces, line) };
}

/** The preview text, or an empty one. */
export function previewTextOf({ widgets }: EmailContent): string {
  const body = asObject(asObject(widgets?.[previewWidget])['body']);
  return textOf(body['value']) || textOf(body['html']);
}

function widgetPieces({ widgets, flexAreas }: EmailContent): Piece[] {
  const names = Object.keys(widgets ?? {}).filter((name) => name !== previewWidget);
  const placed = namesIn(flexAreas ?? {}).filter((name) => names.includes(name));
  const ordered = placed.length > 0 ? placed : byOrder(names, widgets ?? {});
  return ordered
    .map((name) => ({ field: `content.widgets.${name}.body.html`, html: htmlOf(widgets?.[name]) }))
    .filter(({ html }) => html !== '');
}

/** Sections hold columns hold `widgets: [name, …]`: the names, in the order in which they stand. */
function namesIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return Object.entries(asObject(value)).flatMap(([key, inner]) =>
    key === 'widgets' && Array.isArray(inner)
      ? inner.filter((name) => typeof name === 'string')
      : namesIn(inner),
  );
}

function byOrder(names: readonly string[], widgets: Readonly<Record<string, JsonValue>>): string[] {
  const orderOf = (name: string): number => {
    const { order } = asObject(widgets[name]);
    return typeof order === 'number' ? order : Number.MAX_SAFE_INTEGER;
  };
  return names.toSorted((a, b) => orderOf(a) - orderOf(b));
}

function htmlOf(widget: JsonValue | undefined): string {
  const body = asObject(asObject(widget)['body']);
  return textOf(body['html']);
}

function fieldAt(pieces: readonly Piece[], line: number): { field: string; line: number } {
  let rest = line;
  for (const [index, { field, html }] of pieces.entries()) {
    const lines = html.split('\n').length;
    if (rest <= lines || index === pieces.length - 1) return { field, line: rest };
    rest -= lines;
  }
  return { field: 'content.html', line };
}

function asObject(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
