import type { Edit } from '../liquid/emit-piece.ts';
import { marker } from '../markers.ts';
import type { Region } from './scan-html.ts';

const head =
  '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n<body>\n';
const foot = '\n</body>\n</html>\n';

/**
 * Tells where the preview text and the pixel go, and what makes a document of a fragment.
 *
 * HTML with `<html>` or `<body>` stays as its author wrote it; anything else is put into a minimal document. What stands
 * in a conditional comment is for Outlook alone and counts for none of this.
 */
export function frameEdits(masked: string, regions: readonly Region[], previewText: string): Edit[] {
  const shown = regions.filter(({ isInComment }) => !isInComment);
  const isDocument = shown.some(
    (region) => region.kind === 'tag' && (region.element === 'html' || region.element === 'body'),
  );
  const [before, after] = isDocument ? ['', ''] : [head, foot];
  const start = isDocument ? bodyStart(masked, shown) : 0;
  const end = isDocument ? bodyEnd(masked, shown) : masked.length;
  return [
    { start, end: start, text: before + preheader(previewText) },
    { start: end, end, text: marker.pixel + after },
  ];
}

function preheader(previewText: string): string {
  if (previewText === '') return '';
  return `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${previewText}</div>`;
}

/** `<!--[if !mso]><!-->` and `<!--<![endif]-->` may hide the body's own tags from Outlook, but not what is between them. */
const conditionEnd = /^\s*<!--\s*<!\[endif\]-->/;
const conditionStart = /<!--\[if [^\]>]{0,200}\]>(?:<!-->|\s*-->)\s*$/;

function bodyStart(masked: string, regions: readonly Region[]): number {
  const body = regions.find((region) => region.kind === 'tag' && region.element === 'body');
  const headEnd = regions.find((region) => region.kind === 'closing' && region.element === 'head');
  const html = regions.find((region) => region.kind === 'tag' && region.element === 'html');
  const start = (body ?? headEnd ?? html)?.end ?? 0;
  return start + (conditionEnd.exec(masked.slice(start))?.[0].length ?? 0);
}

function bodyEnd(masked: string, regions: readonly Region[]): number {
  const closing = (element: string) =>
    regions.findLast((region) => region.kind === 'closing' && region.element === element);
  const end = (closing('body') ?? closing('html'))?.start ?? masked.length;
  return conditionStart.exec(masked.slice(0, end))?.index ?? end;
}
