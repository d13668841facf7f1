import { type Mailbox, parseMailbox } from '@posthorn/mail';

/**
 * The mailboxes of an address list (RFC 5322, section 3.4): groups are opened, comments dropped, names ignored.
 *
 * What is no address is left out and counted: who needs every entry to be one compares `entries`.
 */
export function readAddressList(value: string): { mailboxes: Mailbox[]; entries: number } {
  const entries = split(value);
  return { mailboxes: entries.flatMap(mailboxOf), entries: entries.length };
}

/**
 * One entry, without its name: none where readers could take another address for it (row H03), as with two in brackets,
 * or a bare one in front that is not the same.
 */
function mailboxOf(entry: string): Mailbox[] {
  const open = entry.lastIndexOf('<');
  const address = open >= 0 && entry.endsWith('>') ? entry.slice(open + 1, -1).trim() : entry;
  const name =
    open >= 0
      ? entry
          .slice(0, open)
          .replace(/"(?:[^"\\]|\\.)*"/g, '')
          .trim()
      : '';
  if (name.includes('<') || (name.includes('@') && name.toLowerCase() !== address.toLowerCase())) return [];
  const parsed = parseMailbox(address);
  // A name in front of a bare address belongs to nobody: `a b@x` is none.
  return parsed.kind === 'mailbox' && parsed.mailbox.name === '' ? [parsed.mailbox] : [];
}

/** Cuts at commas, and at the colon and the semicolon of a group, outside of quotes, brackets and comments. */
function split(value: string): string[] {
  const entries: string[] = [];
  let entry = '';
  let depth = 0;
  let state: 'plain' | 'quoted' | 'bracket' = 'plain';
  const close = () => {
    if (entry.trim() !== '') entries.push(entry.trim());
    entry = '';
  };
  for (let at = 0; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '\\' && (state === 'quoted' || depth > 0)) {
      at += 1;
      if (depth === 0) entry += character + value.charAt(at);
    } else if (state === 'quoted') {
      if (character === '"') state = 'plain';
      entry += character;
    } else if (character === '(') depth += 1;
    else if (depth > 0) depth -= character === ')' ? 1 : 0;
    else if (state === 'bracket') {
      if (character === '>') state = 'plain';
      entry += character;
    } else if (character === ',' || character === ';') close();
    else if (character === ':') entry = '';
    else {
      if (character === '"') state = 'quoted';
      if (character === '<') state = 'bracket';
      entry += character;
    }
  }
  close();
  return entries;
}
