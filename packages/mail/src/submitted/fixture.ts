import type { Tracking } from '../template/render/slotted-text.ts';
import { readSubmitted, type SubmittedCopy } from './submitted-message.ts';

/** Builders for this folder's tests. */
export const tracking: Tracking = {
  pixelUrl: 'https://t.test/o.gif',
  linkUrl: (index, target) => `https://t.test/c/${index}?to=${encodeURIComponent(target)}&x`,
};

/** Lines to the bytes of a message. */
export function aMail(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

/** A message of one HTML part. */
export function htmlMail(
  html: string,
  { charset = 'utf-8', encoding = '7bit', headers = [] as string[] } = {},
): string {
  return aMail(
    ...['From: a@shop.test', 'To: b@example.com', 'Subject: s', 'Date: x', 'Message-ID: <1@shop.test>'],
    ...headers,
    ...['MIME-Version: 1.0', `Content-Type: text/html; charset=${charset}`],
    ...[`Content-Transfer-Encoding: ${encoding}`, '', html],
  );
}

export function copyOf(
  raw: string,
  options: { tracking?: Tracking | null; isHeaderOnly?: boolean } = {},
): SubmittedCopy {
  const isOurs = (url: string): boolean => url.startsWith('https://t.test/');
  const message = readSubmitted(raw, {
    ...{ messageId: 'made@shop.test', dateMs: Date.UTC(2026, 10, 21, 12), isOurs },
    ...(options.isHeaderOnly !== undefined && { isHeaderOnly: options.isHeaderOnly }),
  });
  return message.writeCopy({
    tracking: options.tracking === undefined ? tracking : options.tracking,
    headers: [{ name: 'X-HubSpot-MID', value: 'mid' }],
  });
}

/** A copy's bytes. */
export function bytesOf({ headers, body }: SubmittedCopy): string {
  return `${headers}\r\n${body}`;
}
