/** One parsed mailbox: what stands in a From, To, Cc, Bcc or Reply-To, and in the envelope. */
export type Mailbox = Readonly<{
  /** Display name, decoded; empty where there was none. */
  name: string;
  /** `localPart@domain`: for the envelope and the header alike, so that both name the same mailbox (row H03). */
  address: string;
  /** As written, with its quotes if it had any: only the receiver knows what it means (RFC 5321, section 2.3.11). */
  localPart: string;
  /** Lower-case, every label ASCII (A-labels, RFC 5890). */
  domain: string;
}>;

/**
 * The form of an address that suppressions and rate keys use: without needless quotes, NFC and lower-case, so
 * that spellings which every real receiver delivers to one mailbox have one key (row S09). Not for the envelope.
 */
export function addressKeyOf(mailbox: Pick<Mailbox, 'localPart' | 'domain'>): string {
  return `${unquote(mailbox.localPart).normalize('NFC').toLowerCase()}@${mailbox.domain}`;
}

/** Tells whether the address needs SMTPUTF8 of every server on its way (RFC 6531, section 3.2). */
export function needsSmtpUtf8(mailbox: Mailbox): boolean {
  return !/^[ -~]*$/.test(mailbox.localPart);
}

/** Local parts that stand for a function and not a person; HubSpot answers INVALID_TO_ADDRESS to a send to one. */
const roleLocalParts: ReadonlySet<string> = new Set([
  ...['abuse', 'no-reply', 'noreply', 'root', 'spam', 'security', 'undisclosed-recipients', 'unsubscribe'],
  ...['inoc', 'postmaster', 'privacy'],
]);

/** Tells whether the local part is on HubSpot's list of role addresses, whatever its case. */
export function isRoleAddress({ localPart }: Pick<Mailbox, 'localPart'>): boolean {
  return roleLocalParts.has(unquote(localPart).toLowerCase());
}

/** `"ada"` is `ada` (RFC 5321, section 4.1.2: quotes only where needed); `"a b"` needs its quotes. */
function unquote(localPart: string): string {
  if (!localPart.startsWith('"')) return localPart;
  const content = localPart.slice(1, -1).replace(/\\(.)/gu, '$1');
  return /[\s"(),:;<>@[\\\]]|^\.|\.\.|\.$|^$/.test(content) ? localPart : content;
}
