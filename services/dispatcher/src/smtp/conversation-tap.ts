import { TLSSocket } from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Transcript } from './transcript.ts';

/**
 * Hears what one SMTPConnection says and is told, through the log it offers for that (`transactionLog`, which leaves
 * content out): what crosses the socket is not looked at a second time.
 */
export type ConversationTap = Readonly<{
  options: Pick<SMTPConnection.Options, 'logger' | 'transactionLog'>;
  /** Notes the negotiated TLS once, before the first line that was protected by it. */
  watchTls: (connection: SMTPConnection) => void;
  /** From now on lines go to `transcript`, or nowhere. */
  hear: (transcript: Transcript | undefined) => void;
  /** From now on commands are part of a login: only the name of the mechanism is noted. */
  setLogin: (isLogin: boolean) => void;
}>;

export function createConversationTap(): ConversationTap {
  let transcript: Transcript | undefined;
  let unnotedTls: SMTPConnection | undefined;
  let isLogin = false;

  function hearLine(entry: unknown, text: unknown): void {
    if (!transcript || typeof text !== 'string') return;
    const said = typeof entry === 'object' && entry !== null && 'tnx' in entry ? entry.tnx : undefined;
    if (said !== 'client' && said !== 'server') return;
    if (unnotedTls?._socket instanceof TLSSocket) {
      transcript.note('us', `(${tlsOf(unnotedTls._socket)})`);
      unnotedTls = undefined;
    }
    if (said === 'server') transcript.note('peer', text);
    else transcript.note('us', isLogin ? withoutSecret(text) : text);
  }

  return {
    options: { transactionLog: true, logger: { ...deafLogger, debug: hearLine } },
    watchTls(connection) {
      unnotedTls = connection;
    },
    hear(next) {
      transcript = next;
    },
    setLogin(next) {
      isLogin = next;
    },
  };
}

const ignore = (): void => undefined;
const deafLogger = {
  ...{ level: ignore, trace: ignore, debug: ignore, info: ignore },
  ...{ warn: ignore, error: ignore, fatal: ignore },
};

function tlsOf(socket: TLSSocket): string {
  return `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher()?.name ?? ''}`.trim();
}

/** Even the mechanism's first answer holds a user's name; in PLAIN it stands beside the mechanism. */
function withoutSecret(command: string): string {
  return `${/^AUTH \S+/i.exec(command)?.[0] ?? ''} (not shown)`.trim();
}
