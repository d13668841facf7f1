import { isIPv4, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { admitSocket, type ClientCaps } from '@posthorn/runtime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { SubmissionConnection } from './submission-connection.ts';

export type SubmissionServerOptions = SMTPServerOptions &
  Readonly<{
    caps: ClientCaps;
    /** For development: clients on this machine may log in without TLS. */
    allowPlainLogin: boolean;
  }>;

const tooMany = '421 4.7.0 Too many connections from your address: use fewer\r\n';

/** smtp-server with our connections, and with clients counted before anything is done for them. */
export class SubmissionServer extends SMTPServer {
  readonly #caps: ClientCaps;
  readonly #allowPlainLogin: boolean;

  constructor({ caps, allowPlainLogin, ...options }: SubmissionServerOptions) {
    super(options);
    this.#caps = caps;
    this.#allowPlainLogin = allowPlainLogin;
  }

  /** The connections that are open now. */
  get open(): SubmissionConnection[] {
    return [...this.connections].filter((connection) => connection instanceof SubmissionConnection);
  }

  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    if (!admitSocket(this.#caps, socket, handshake ? undefined : tooMany)) return false;
    return super._acceptSocket(socket, handshake);
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new SubmissionConnection(this, socket, options);
    connection.mayLoginInPlain = this.#allowPlainLogin && isLoopback(connection.remoteAddress);
    this.connections.add(connection);
    connection.on('error', (error) => this._onError(error));
    connection.on('connect', (data) => this._onClientConnect(data));
    connection.init();
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
