import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { admitSocket, type ClientCaps } from '@posthorn/runtime';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { ReturnsConnection } from './returns-connection.ts';

const tooMany = '421 4.7.0 Too many connections: use fewer, or try again later\r\n';

/** smtp-server with our connections, and with clients counted before anything is done for them. */
export class ReturnsServer extends SMTPServer {
  readonly #caps: ClientCaps;

  constructor({ caps, ...options }: SMTPServerOptions & Readonly<{ caps: ClientCaps }>) {
    super(options);
    this.#caps = caps;
  }

  /** The connections that are open now. */
  get open(): ReturnsConnection[] {
    return [...this.connections].filter((connection) => connection instanceof ReturnsConnection);
  }

  /** Returns the connection of a session, or undefined once it is closed. */
  connectionOf(session: SMTPServerSession): ReturnsConnection | undefined {
    return this.open.find((connection) => connection.session === session);
  }

  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    if (!admitSocket(this.#caps, socket, tooMany)) return false;
    return super._acceptSocket(socket, handshake);
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new ReturnsConnection(this, socket, options);
    this.connections.add(connection);
    connection.on('error', (error) => this._onError(error));
    connection.on('connect', (data) => this._onClientConnect(data));
    connection.init();
  }
}
