/** A parsed `MAIL FROM:` or `RCPT TO:`, in the shape that smtp-server knows. */
export type SmtpPath = {
  /** As written, quotes and all; empty for the null sender. */
  address: string;
  /** Parameters by their names in upper case; false where there are none. */
  args: Record<string, string | true> | false;
  /** A parameter that was given twice. */
  duplicate?: string;
};

/** RFC 5321, section 4.5.3.1.4, with the room that SIZE, BODY, SMTPUTF8 and AUTH take. */
const lineBytesMax = 1_000;
const domainBytesMax = 255;

const controls = /\p{Cc}/u;
const dotAtom = /^[^\s()<>[\]:;@\\,".]+(?:\.[^\s()<>[\]:;@\\,".]+)*$/u;
const quoted = /^"(?:[^"\\]|\\[ -~])*"$/u;
const domain = /^(?:[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?|\[[\w.:]+\])$/u;
const sourceRoute = /^@[^\s,:@<>"]+(?:,@[^\s,:@<>"]+)*:/u;
const parameter = /^([a-z0-9][a-z0-9-]*)(?:=([!-<>-~]+))?$/i;

/**
 * Parses a whole command (RFC 5321, section 4.1.2); `name` is `MAIL FROM` or `RCPT TO`. False for what is none.
 *
 * Stricter than smtp-server's own in what it lets pass (controls, bad UTF-8). Wider in what devices and list software
 * write: an address without its angle brackets, or with blanks inside them; spaces, brackets and colons in a quoted local
 * part; a local part of any length (SRS and VERP senders). A source route is dropped (appendix C of the RFC).
 */
export function parseSmtpPath(name: string, command: Uint8Array): SmtpPath | false {
  const text = decode(command);
  if (text === undefined || controls.test(text)) return false;
  const verb = new RegExp(`^${name.trim()}: *`, 'i').exec(text)?.[0];
  if (verb === undefined) return false;

  const path = cutPath(text.slice(verb.length));
  const args = path && parseParameters(path.rest);
  if (!path || !args) return false;
  const address = path.address.replace(sourceRoute, '');
  return isAddress(address) ? { address, ...args } : false;
}

function decode(command: Uint8Array): string | undefined {
  if (command.length > lineBytesMax) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(command);
  } catch {
    return undefined;
  }
}

/** Finds where the path ends: at the bracket that closes it, or at the first blank where it has none. Quoted, both are content. */
function cutPath(text: string): { address: string; rest: string } | undefined {
  const isBare = !text.startsWith('<');
  const end = findOutsideQuotes(text, isBare ? ' ' : '>');
  if (!isBare)
    return end === -1 ? undefined : { address: text.slice(1, end).trim(), rest: text.slice(end + 1) };
  const address = end === -1 ? text : text.slice(0, end);
  // Without brackets an empty address is no null sender, it is a missing one.
  return address === '' ? undefined : { address, rest: text.slice(address.length) };
}

function findOutsideQuotes(text: string, wanted: string): number {
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isQuoted && character === '\\') at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === wanted) return at;
  }
  return -1;
}

function parseParameters(rest: string): Omit<SmtpPath, 'address'> | undefined {
  if (rest !== '' && !rest.startsWith(' ')) return undefined;
  const words = rest.split(' ').filter((word) => word !== '');
  const args: Record<string, string | true> = {};
  let duplicate: string | undefined;
  for (const word of words) {
    const [, key = '', value] = parameter.exec(word) ?? [];
    if (key === '') return undefined;
    const known = key.toUpperCase();
    if (Object.hasOwn(args, known)) duplicate = known;
    args[known] = value ?? true;
  }
  return { args: words.length > 0 ? args : false, ...(duplicate !== undefined && { duplicate }) };
}

function isAddress(address: string): boolean {
  if (address === '' || address.toLowerCase() === 'postmaster') return true;
  const at = address.lastIndexOf('@');
  if (at < 1) return false;
  const [localPart, host] = [address.slice(0, at), address.slice(at + 1)];
  return (
    Buffer.byteLength(host) <= domainBytesMax &&
    (dotAtom.test(localPart) || quoted.test(localPart)) &&
    domain.test(host) &&
    !host.includes('..')
  );
}
