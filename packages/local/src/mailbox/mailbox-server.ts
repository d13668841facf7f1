import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { parseSmtpPath, type SmtpPath } from '@posthorn/mail/smtp-path';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';

/**
 * smtp-server with the address syntax of our own submission service. Its own parser cuts a path at the first blank and
 * at every `@`, and so refuses quoted local parts that both APIs accept.
 */
export class MailboxServer extends SMTPServer {
  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new MailboxConnection(this, socket, options);
    this.connections.add(connection);
    connection.on('error', (error) => this._onError(error));
    connection.on('connect', (data) => this._onClientConnect(data));
    connection.init();
  }
}

class MailboxConnection extends SMTPConnection {
  override _parseAddressCommand(name: string, command: Buffer | string): SmtpPath | false {
    return parseSmtpPath(name, Buffer.from(command));
  }
}
