import { escapeHtml } from './pages/html.ts';
import type { ParsedContent } from './parsed-mail.ts';

/**
 * The document of the sandboxed frame: a message's HTML as it is, with its inline images in place.
 *
 * Nothing is taken out: the frame's sandbox and policy make scripts, forms and frames dead. Links open in a new tab,
 * since a page inside the frame would have neither script nor style.
 */
export function frameDocument({ html, parts }: ParsedContent): string {
  const images = new Map(
    parts.filter(({ contentType }) => /^image\//i.test(contentType)).map((part) => [part.contentId, part]),
  );
  const placed = html.replace(/cid:([^"'\s<>()]+)/gi, (link, cid: string) => {
    const image = images.get(decodeCid(cid));
    return image ? `data:${escapeHtml(image.contentType)};base64,${image.content.toString('base64')}` : link;
  });
  const doctype = /^\s*<!doctype[^>]*>/i.exec(placed)?.[0] ?? '';
  // After the doctype, or the message would be shown in quirks mode.
  return `${doctype}<base target="_blank"><meta name="referrer" content="no-referrer">${placed.slice(doctype.length)}`;
}

function decodeCid(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}
