import type { WithheldReason } from '../outcome.ts';

/** One message for the recipients at one site. */
export type OutboundMessage = Readonly<{
  /** Envelope sender; empty for the null sender. */
  from: string;
  /** Distinct envelope recipients. */
  recipients: readonly string[];
  /** The final bytes, a character a byte (latin1), CRLF line ends. */
  rendition: string;
  /** A header or an address needs SMTPUTF8 (RFC 6531). */
  smtpUtf8: boolean;
}>;

/**
 * Asked once, when every byte of the message but its final dot is on its way, with the recipients the peer took.
 * `go` lets the dot leave; anything else, or a rejection (`mark-failed`), breaks the connection off before it.
 */
export type MayEnd = (accepted: readonly string[]) => Promise<'go' | WithheldReason>;
