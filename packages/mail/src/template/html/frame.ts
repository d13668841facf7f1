import type { Edit } from '../liquid/emit-piece.ts';
import { marker } from '../markers.ts';
import type { Region } from './scan-html.ts';

const head =
  '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n<body>\n';
const foot = '\n</body>\n</html>\n';

/**
 * Where the preview text and the pixel go, and what makes a document of a fragment.
 *
 * HTML with `<html>` or `<body>` stays as its author wrote it; anything else is put into a minimal document.
 */
export function frameEdits(masked: string, regions: readonly Region[], previewText: string): Edit[] {
  const isDocument = regions.some(
    (region) => region.kind === 'tag' && (region.element === 'html' || region.element === 'body'),
  );
  const [before, after] = isDocument ? ['', ''] : [head, foot];
  const start = isDocument ? bodyStart(regions) : 0;
  const end = isDocument ? bodyEnd(masked, regions) : masked.length;
  return [
    { start, end: start, text: before + preheader(previewText) },
    { start: end, end, text: marker.pixel + after },
  ];
}

function preheader(previewText: string): string {
  if (previewText === '') return '';
  return `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${previewText}</div>`;
}

function bodyStart(regions: readonly Region[]): number {
  const body = regions.find((region) => region.kind === 'tag' && region.element === 'body');
  const headEnd = regions.find((region) => region.kind === 'closing' && region.element === 'head');
  const html = regions.find((region) => region.kind === 'tag' && region.element === 'html');
  return (body ?? headEnd ?? html)?.end ?? 0;
}

function bodyEnd(masked: string, regions: readonly Region[]): number {
  const closing = (element: string) =>
    regions.findLast((region) => region.kind === 'closing' && region.element === element);
  return (closing('body') ?? closing('html'))?.start ?? masked.length;
}
