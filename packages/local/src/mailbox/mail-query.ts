import type { Mailbox } from './header-scan.ts';
import { searchableText } from './mail-peek.ts';
import type { MailStore } from './mail-store.ts';
import { bccOf, fromOf, mailboxesOf, messageIdOf, type StoredMail, subjectOf } from './stored-mail.ts';

/** A search, as a person writes it: `to:ann subject:"your receipt" -from:shop welcome`. */
export type MailQuery = readonly Term[];

type Term = { isExcluded: boolean; field: Field; value: string };

type Field = keyof typeof testers | 'text';

/**
 * Parses a search in Mailpit's language (mailpit.axllent.org/docs/usage/search-filters, 2026).
 *
 * Terms are joined by "and"; quotes group words; `-` or `!` before a term excludes. Fields: `to:`, `from:`, `cc:`,
 * `bcc:`, `reply-to:`, `addressed:`, `subject:`, `message-id:`, `is:read`, `is:unread`, `has:attachment`, `after:`,
 * `before:`, `larger:`, `smaller:`. Anything else is looked for in the headers listed and in the text. Upper and
 * lower case are alike. Never fails: a search it cannot make sense of is a text to look for.
 */
export function parseMailQuery(query: string): MailQuery {
  const words = query.slice(0, 1_000).matchAll(/[-!]?(?:[a-z-]+:)?"[^"]*"|\S+/gi);
  return [...words].map(([word]) => parseTerm(word)).filter((term) => term.value !== '');
}

/** Messages looked at together, so that reading their bodies overlaps. */
const batchSize = 64;

/** Yields the messages that match, newest first. Bodies are read only where the index does not decide. */
export async function* searchMail(store: MailStore, query: MailQuery): AsyncGenerator<StoredMail> {
  for (const batch of inBatches(store.newestFirst())) {
    const areMatches = await Promise.all(batch.map((mail) => matches(store, query, mail)));
    yield* batch.filter((_, at) => areMatches[at]);
  }
}

function* inBatches(mails: Iterable<StoredMail>): Generator<StoredMail[]> {
  let batch: StoredMail[] = [];
  for (const mail of mails) {
    if (batch.push(mail) < batchSize) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

async function matches(store: MailStore, query: MailQuery, mail: StoredMail): Promise<boolean> {
  const undecided: Term[] = [];
  for (const term of query) {
    const isMatch =
      term.field === 'text' ? textMatches(mail, term.value) : testers[term.field](mail, term.value);
    if (isMatch === null) undecided.push(term);
    else if (isMatch === term.isExcluded) return false;
  }
  for (const term of undecided) {
    if ((await bodyMatches(store, mail, term)) === term.isExcluded) return false;
  }
  return true;
}

/** What each field asks of a message, from the index alone; null where only the body can tell. */
const testers = {
  to: (mail, value) => someContains(mailboxesOf(mail, 'to'), value),
  from: (mail, value) => someContains([fromOf(mail)], value),
  cc: (mail, value) => someContains(mailboxesOf(mail, 'cc'), value),
  bcc: (mail, value) => someContains(bccOf(mail), value),
  'reply-to': (mail, value) => someContains(mailboxesOf(mail, 'reply-to'), value),
  addressed: (mail, value) => someContains(everyoneOf(mail), value),
  subject: (mail, value) => contains(subjectOf(mail), value),
  'message-id': (mail, value) => contains(messageIdOf(mail), value),
  is: (mail, value) => (value === 'read' && mail.isRead) || (value === 'unread' && !mail.isRead),
  has: () => null,
  tag: () => false,
  after: (mail, value) => mail.receivedAtMs >= timeOf(value, Number.NEGATIVE_INFINITY),
  before: (mail, value) => mail.receivedAtMs <= timeOf(value, Number.POSITIVE_INFINITY),
  larger: (mail, value) => mail.place.sizeBytes > bytesOf(value),
  smaller: (mail, value) => mail.place.sizeBytes < bytesOf(value),
} satisfies Record<string, (mail: StoredMail, value: string) => boolean | null>;

async function bodyMatches(store: MailStore, mail: StoredMail, { field, value }: Term): Promise<boolean> {
  if (field === 'has') return /^attachments?$/.test(value) && (await store.peek(mail)).attachments > 0;
  const raw = await store.raw(mail);
  return raw !== null && contains(searchableText(raw), value);
}

function textMatches(mail: StoredMail, value: string): true | null {
  return contains(subjectOf(mail), value) || someContains(everyoneOf(mail), value) ? true : null;
}

function everyoneOf(mail: StoredMail): Mailbox[] {
  const header = [fromOf(mail), ...mailboxesOf(mail, 'to'), ...mailboxesOf(mail, 'cc')];
  return [...header, ...bccOf(mail), ...mailboxesOf(mail, 'reply-to')];
}

function someContains(mailboxes: readonly Mailbox[], value: string): boolean {
  return mailboxes.some(({ Name, Address }) => contains(`${Name} ${Address}`, value));
}

function contains(text: string, value: string): boolean {
  return text.toLowerCase().includes(value);
}

function parseTerm(word: string): Term {
  const isExcluded = word.length > 1 && /^[-!]/.test(word);
  const term = isExcluded ? word.slice(1) : word;
  const [, name = '', value = ''] = /^([a-z-]+):(.*)$/is.exec(term) ?? [];
  const field = name.toLowerCase();
  if (isField(field)) return { isExcluded, field, value: plain(value) };
  return { isExcluded, field: 'text', value: plain(term) };
}

function isField(name: string): name is keyof typeof testers {
  return Object.hasOwn(testers, name);
}

function plain(value: string): string {
  return value.replaceAll('"', '').trim().toLowerCase();
}

function timeOf(value: string, otherwise: number): number {
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? otherwise : timeMs;
}

/** `2kb`, `1.5m` or `300` in bytes; 0 for anything else. */
function bytesOf(value: string): number {
  const [, amount = '0', unit = ''] = /^(\d+(?:\.\d+)?)\s?(kb?|mb?)?$/.exec(value) ?? [];
  return Number(amount) * (unit.startsWith('k') ? 1_024 : unit.startsWith('m') ? 1_048_576 : 1);
}
