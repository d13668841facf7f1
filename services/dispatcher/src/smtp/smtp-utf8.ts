import type { OutboundMessage } from './outbound-message.ts';

/** Whether only SMTPUTF8 can carry it (RFC 6531): a header needs it, or an address of the envelope is beyond ASCII. */
export function needsSmtpUtf8({ smtpUtf8, from, recipients }: OutboundMessage): boolean {
  return smtpUtf8 || [from, ...recipients].some((address) => /\P{ASCII}/u.test(address));
}

/** Whether only 8BITMIME can carry it (RFC 6152): a part that nobody may change has bytes above 127; all others were encoded. */
export function needsEightBitMime({ rendition }: OutboundMessage): boolean {
  return Buffer.byteLength(rendition) !== rendition.length;
}
