import { type Mailbox, parseMailbox } from '@posthorn/mail';

/**
 * The mailboxes of an address list (RFC 5322, section 3.4): groups are opened, comments dropped, names ignored.
 *
 * What is no address is left out and counted: who needs every entry to be one compares `entries`.
 */
export function readAddressList(value: string): { mailboxes: Mailbox[]; entries: number } {
  const entries = split(value);
  const mailboxes = entries.flatMap((entry) => {
    const address = /<([^<>]*)>$/.exec(entry)?.[1] ?? entry;
    // A name in front of a bare address belongs to nobody: `a b@x` is none.
    const parsed = parseMailbox(address.trim());
    return parsed.kind === 'mailbox' && parsed.mailbox.name === '' ? [parsed.mailbox] : [];
  });
  return { mailboxes, entries: entries.length };
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
