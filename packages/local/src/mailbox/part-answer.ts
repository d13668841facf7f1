import type { Response } from 'express';
import type { MailPart } from './parsed-mail.ts';

/** What a browser may show by itself without running anything; all else is downloaded (X01: SVG, HTML, XML). */
const shownTypes =
  /^(image\/(png|jpeg|gif|webp|avif|bmp)|text\/plain|application\/pdf|(audio|video)\/[a-z0-9.+-]+)$/;

/** Sends one part of a message, with its type only where that type is harmless. */
export function partAnswer(res: Response, { contentType, filename, contentId, content }: MailPart): void {
  const type = contentType.toLowerCase();
  const isShown = shownTypes.test(type);
  res.attachment(filename || contentId || 'part');
  if (isShown)
    res.set('Content-Disposition', String(res.get('Content-Disposition')).replace(/^attachment/, 'inline'));
  res.set('Content-Type', isShown ? type : 'application/octet-stream').send(content);
}
