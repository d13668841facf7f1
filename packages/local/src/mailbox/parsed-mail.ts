import { type Attachment, type ParsedMail, simpleParser } from 'mailparser';
import type { StoredMail } from './stored-mail.ts';

/** Messages kept parsed: the one a person looks at, its frame, its attachments, and the few before it. */
const parsedMax = 8;

/** Longest HTML a text is made from, in characters. */
const htmlLengthMax = 1_000_000;

/** One part that is not the text: an attachment or an inline image, with the id it is fetched by. */
export type MailPart = Readonly<{
  partId: string;
  filename: string;
  contentType: string;
  contentId: string;
  isInline: boolean;
  content: Buffer;
}>;

/** A message's content. `html` still has its `cid:` links. */
export type ParsedContent = Readonly<{
  text: string;
  html: string;
  date: Date | null;
  parts: readonly MailPart[];
}>;

/** Parses messages when somebody looks at them, and remembers the last few. */
export type MailReader = (mail: StoredMail, raw: Buffer) => Promise<ParsedContent>;

export function createMailReader(): MailReader {
  const recent = new Map<string, Promise<ParsedContent>>();

  return function read({ id }, raw) {
    const content = recent.get(id) ?? parseContent(raw);
    recent.delete(id);
    recent.set(id, content);
    content.catch(() => recent.delete(id));
    for (const oldest of recent.keys()) if (recent.size > parsedMax) recent.delete(oldest);
    return content;
  };
}

async function parseContent(raw: Buffer): Promise<ParsedContent> {
  const options = { keepCidLinks: true, skipTextToHtml: true, maxHtmlLengthToParse: htmlLengthMax };
  // HTML too long to make a text of is an error to the parser; then there is no text.
  const parsed = await simpleParser(raw, options).catch(() =>
    simpleParser(raw, { ...options, skipHtmlToText: true }),
  );
  return {
    text: parsed.text ?? '',
    html: parsed.html || '',
    date: dateOf(parsed),
    parts: parsed.attachments.map(toPart),
  };
}

function dateOf({ date }: ParsedMail): Date | null {
  return date && !Number.isNaN(date.getTime()) ? date : null;
}

function toPart(attachment: Attachment, index: number): MailPart {
  const { filename, contentType, contentDisposition, cid, related, content } = attachment;
  return {
    partId: attachment.partId ?? String(index + 1),
    filename: filename ?? '',
    contentType: contentType || 'application/octet-stream',
    contentId: cid ?? '',
    isInline: related || contentDisposition === 'inline',
    content,
  };
}
