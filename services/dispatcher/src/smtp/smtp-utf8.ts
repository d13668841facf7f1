import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { OutboundMessage } from './outbound-message.ts';

/** Whether an address of the envelope is beyond ASCII, so that only SMTPUTF8 can carry it (RFC 6531). */
export function hasWideAddress({ from, recipients }: OutboundMessage): boolean {
  return [from, ...recipients].some((address) => /\P{ASCII}/u.test(address));
}

/**
 * SMTPConnection says SMTPUTF8 when an envelope address needs it and not when a header does (RFC 6531, section 3.4), and
 * has no option for it. So the next command, which is MAIL, gets the keyword here. Library edge: nodemailer 10.
 */
export function declareSmtpUtf8(connection: SMTPConnection): void {
  const sendCommand: unknown = Reflect.get(connection, '_sendCommand');
  if (typeof sendCommand !== 'function') return;
  Reflect.set(connection, '_sendCommand', (command: string) => {
    Reflect.deleteProperty(connection, '_sendCommand');
    const isMissing = command.startsWith('MAIL FROM:') && !command.includes(' SMTPUTF8');
    Reflect.apply(sendCommand, connection, [isMissing ? `${command} SMTPUTF8` : command]);
  });
}
