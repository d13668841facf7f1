import { isIPv4, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { ClientCaps } from './client-caps.ts';
import { SubmissionConnection } from './submission-connection.ts';

export type SubmissionServerOptions = SMTPServerOptions &
  Readonly<{
    caps: ClientCaps;
    /** For development: clients on this machine may log in without TLS. */
    allowPlainLogin: boolean;
  }>;

/** How long a client that is refused at once may take to read why. */
const refusedMs = 1_000;

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
    const release = this.#caps.admit(socket.remoteAddress ?? '');
    if (!release) {
      refuse(socket, handshake);
      return false;
    }
    socket.once('close', release);
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

/** Before a TLS handshake nothing can be said. */
function refuse(socket: Socket, handshake: boolean): void {
  socket.on('error', () => {});
  if (handshake) return void socket.destroy();
  socket.end('421 4.7.0 Too many connections from your address: use fewer\r\n');
  socket.setTimeout(refusedMs, () => socket.destroy());
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
