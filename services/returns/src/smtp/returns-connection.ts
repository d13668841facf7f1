import type { PacedConnection } from '@posthorn/runtime';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';

/** Most commands that a client may send for each message. A report with 20 recipients takes about 30. */
const commandsMax = 100;
/** Most unknown recipients that a client may name. Whoever names more is guessing. */
const unknownRecipientsMax = 20;

/** smtp-server's connection, which knows how long and how often a client has been busy without sending a message. */
export class ReturnsConnection extends SMTPConnection implements PacedConnection {
  commandAtMs = performance.now();
  #waitsSinceMs = performance.now();
  #commands = 0;
  #unknownRecipients = 0;

  get waitsSinceMs(): number {
    return this.#waitsSinceMs;
  }

  get messageBytes(): number | undefined {
    return this._parser !== false && this._parser._dataMode ? this._parser.dataBytes : undefined;
  }

  get isHeldBack(): boolean {
    return this._dataStream ? this._dataStream.readableLength > 0 : false;
  }

  get isBusy(): boolean {
    return Boolean(this._handlerPending || this._dataStream);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.commandAtMs = performance.now();
    this.#commands += 1;
    if (this.#commands > commandsMax) this.send(421, '4.7.0 Too many commands without a message');
    else super._onCommand(command, callback);
  }

  /** Gives the client the time and the commands for another message. */
  messageEnded(): void {
    this.#waitsSinceMs = performance.now();
    this.#commands = 0;
  }

  /** Counts an unknown recipient. Returns true if the client has named too many. */
  countUnknownRecipient(): boolean {
    this.#unknownRecipients += 1;
    return this.#unknownRecipients > unknownRecipientsMax;
  }
}
