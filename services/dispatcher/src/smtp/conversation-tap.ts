import { TLSSocket } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Transcript } from './transcript.ts';

/**
 * Hears what one SMTPConnection says and is told, through the log it keeps for that (`transactionLog`, which leaves content
 * out): what crosses the socket is not looked at a second time.
 */
export type ConversationTap = Readonly<{
  /** From now on lines go to `transcript`, or nowhere. */
  hear: (transcript: Transcript | undefined) => void;
  /** From now on commands are part of a login: only the name of the mechanism is noted. */
  setLogin: (isLogin: boolean) => void;
}>;

/** Begins to listen. The connection's options must have `transactionLog`, and it must not be connected yet. */
export function tapConversation(connection: SMTPConnection): ConversationTap {
  let transcript: Transcript | undefined;
  let isTlsNoted = false;
  let isLogin = false;

  // In place of a `logger` among the options, which costs a copy of every entry. Library edge: nodemailer 10.
  connection.logger.debug = (entry?: unknown, text?: unknown): void => {
    if (!transcript || typeof text !== 'string') return;
    const side = typeof entry === 'object' && entry && 'tnx' in entry ? entry.tnx : undefined;
    const isOurs = side === 'client';
    if (!isOurs && side !== 'server') return;
    if (!isTlsNoted && connection._socket instanceof TLSSocket) {
      isTlsNoted = true;
      transcript.note('us', `(${tlsOf(connection._socket)})`);
    }
    if (isOurs) transcript.note('us', isLogin ? withoutSecret(text) : text);
    else transcript.note('peer', text);
  };

  return {
    hear(next) {
      transcript = next;
    },
    setLogin(next) {
      isLogin = next;
    },
  };
}

function tlsOf(socket: TLSSocket): string {
  return `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher()?.name ?? ''}`.trim();
}

/** Even the mechanism's first answer holds a user's name; in PLAIN it stands beside the mechanism. */
function withoutSecret(command: string): string {
  return `${/^AUTH \S+/i.exec(command)?.[0] ?? ''} (not shown)`.trim();
}
