import type { OutboundMessage } from './outbound-message.ts';

/** Whether an address of the envelope is beyond ASCII, so that only SMTPUTF8 can carry it (RFC 6531). */
export function hasWideAddress({ from, recipients }: OutboundMessage): boolean {
  return [from, ...recipients].some((address) => /\P{ASCII}/u.test(address));
}
