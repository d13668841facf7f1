import type { ComposedMessage } from '../mime/compose-message.ts';
import { type DkimSigner, signMessage } from './sign.ts';

/**
 * Joins a message to its rendition, the bytes that leave: signatures, headers, empty line, body; a character a
 * byte (latin1), so `Buffer.from(rendition, 'latin1')` for a socket. The same input gives the same bytes with
 * RSA and Ed25519, which have no random part, so a second rendering is the first one again.
 *
 * `atMs` is the time of the signature in Unix milliseconds: give the send's own time, not the clock's.
 */
export function renditionOf(message: ComposedMessage, signers: readonly DkimSigner[], atMs: number): string {
  return `${signMessage(signers, message, atMs)}${message.headers}\r\n${message.body}`;
}
