import { addressKeyOf, type Mailbox, readAddressList } from '@posthorn/mail';
import { type Field, valuesOf } from './read-header.ts';

/** Who gets a tracked copy of a message, each as a send of its own, and who an untracked one. */
export type ChosenSends = Readonly<{ to: readonly string[]; copies: readonly string[] }>;

/**
 * Tells the recipients of the envelope apart by what the header calls them.
 *
 * Those in To are sends. Those in Cc, and those that stand nowhere (Bcc), get copies. Where no recipient is in To, as in
 * mail to Bcc alone or where a relay splits a message, those outside Cc are sends, and where there are none, all are.
 */
export function chooseSends(recipients: readonly Mailbox[], fields: readonly Field[]): ChosenSends {
  const unique = [...new Map(recipients.map((mailbox) => [addressKeyOf(mailbox), mailbox]))];
  const keysIn = (name: string) => new Set(valuesOf(fields, name).flatMap(keysOf));
  const [to, cc] = [keysIn('to'), keysIn('cc')];

  const isTo = choose(unique, [(key) => to.has(key), (key) => !cc.has(key), () => true]);
  const addresses = (wanted: boolean) =>
    unique.filter(([key]) => isTo(key) === wanted).map(([, { address }]) => address);
  return { to: addresses(true), copies: addresses(false) };
}

/** The first rule that holds for anybody. */
function choose(
  unique: readonly (readonly [string, Mailbox])[],
  rules: readonly ((key: string) => boolean)[],
): (key: string) => boolean {
  return rules.find((rule) => unique.some(([key]) => rule(key))) ?? (() => true);
}

function keysOf(value: string): string[] {
  return readAddressList(value).entries.flatMap(({ mailbox }) => (mailbox ? [addressKeyOf(mailbox)] : []));
}
