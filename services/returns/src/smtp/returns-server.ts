import type { Socket } from 'node:net';
import { admitSocket, type ClientCaps } from '@posthorn/runtime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

const tooMany = '421 4.7.0 Too many connections: use fewer, or try again later\r\n';

/** smtp-server with clients counted before anything is done for them. */
export class ReturnsServer extends SMTPServer {
  readonly #caps: ClientCaps;

  constructor({ caps, ...options }: SMTPServerOptions & Readonly<{ caps: ClientCaps }>) {
    super(options);
    this.#caps = caps;
  }

  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    if (!admitSocket(this.#caps, socket, tooMany)) return false;
    return super._acceptSocket(socket, handshake);
  }
}
