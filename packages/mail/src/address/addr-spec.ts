import { toAsciiDomain } from './domain.ts';
import type { Mailbox } from './mailbox.ts';

/** Why an address was refused; safe to show to the caller, holds nothing of the input. */
export type AddressProblem =
  | 'local_part_syntax'
  | 'local_part_too_long'
  | 'domain_syntax'
  | 'address_too_long';

/** Limits in bytes: RFC 5321, section 4.5.3.1.1; an address is a path of 256 without its angle brackets. */
export const maxLocalPartBytes = 64;
const maxAddressBytes = 254;

/** The atext of RFC 5322, section 3.2.3, with RFC 6531's non-ASCII; invisible characters stay out. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~\-\P{ASCII}]+(?:\.[\w!#$%&'*+/=?^`{|}~\-\P{ASCII}]+)*$/u;
const invisible = /[\p{Cc}\p{Cf}\p{Z}\p{Cn}\p{Co}]/u;
/** Quoted-string of RFC 5321, section 4.1.2. */
const quotedLocalPart = /^"(?:[ !#-[\]-~\P{ASCII}]|\\[ -~])*"$/u;

/**
 * Checks the two halves of an address and puts them together, or says what is wrong.
 *
 * `localPartBytesMax` is 64 for a mailbox that we deliver to. Addresses that only stand in a header may be longer: senders
 * that rewrite addresses (SRS, VERP) put a second address into the local part.
 */
export function checkAddress(
  { localPart, domain: written }: { localPart: string; domain: string },
  localPartBytesMax: number,
): Omit<Mailbox, 'name'> | AddressProblem {
  if (Buffer.byteLength(localPart) > localPartBytesMax) return 'local_part_too_long';
  if (!isLocalPart(localPart)) return 'local_part_syntax';
  const domain = toAsciiDomain(written);
  if (domain === null) return 'domain_syntax';
  const address = `${localPart}@${domain}`;
  if (Buffer.byteLength(address) > maxAddressBytes) return 'address_too_long';
  return { address, localPart, domain };
}

function isLocalPart(localPart: string): boolean {
  if (localPart.startsWith('"')) return quotedLocalPart.test(localPart) && !isEncodedWord(localPart);
  return dotAtom.test(localPart) && !invisible.test(localPart) && !isEncodedWord(localPart);
}

const isEncodedWord = (text: string): boolean => text.includes('=?') && text.includes('?=');
