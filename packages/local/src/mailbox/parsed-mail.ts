import { type Attachment, type ParsedMail, simpleParser } from 'mailparser';
import type { MailStore } from './mail-store.ts';
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

/** Makes the function that parses a message when somebody looks at it, and remembers the last few. */
export function createMailReader(store: MailStore): (mail: StoredMail) => Promise<ParsedContent> {
  const recent = new Map<string, Promise<ParsedContent>>();

  return function read(mail) {
    const content = recent.get(mail.id) ?? store.raw(mail).then(parseContent);
    recent.delete(mail.id);
    recent.set(mail.id, content);
    content.catch(() => recent.delete(mail.id));
    for (const id of recent.keys()) if (recent.size > parsedMax) recent.delete(id);
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
