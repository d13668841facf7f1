import { createServer } from 'node:http';
import { type Clock, type Logger, listen, silentLogger, systemClock } from '@posthorn/runtime';
import { createHttpApp } from './http-app.ts';
import { openMailStore } from './mail-store.ts';
import { createMailReader } from './parsed-mail.ts';
import { startSmtpIntake } from './smtp-intake.ts';

/** Messages kept unless told otherwise: a bench of 100,000 fits twice, in some 200 MB of memory. */
export const messagesMaxDefault = 200_000;

export type MailboxOptions = {
  /** The port mail comes in by; 0 lets the system choose. */
  smtpPort: number;
  /** The port of the pages and the API; 0 lets the system choose. */
  httpPort: number;
  /** The folder messages are kept in, made where missing; null keeps them in memory only. */
  home: string | null;
  /** The address to listen on. Anyone who reaches it reads all mail: keep it on this machine. */
  host?: string;
  /** Messages kept; past it the oldest are dropped. */
  messagesMax?: number;
  log?: Logger;
  clock?: Clock;
};

export type LocalMailbox = AsyncDisposable & {
  smtpPort: number;
  httpPort: number;
  /** The list of messages, for a browser. */
  httpUrl: string;
  /** Where to send mail to. */
  smtpUrl: string;
};

/**
 * Starts the development mailbox: takes mail for anyone over SMTP and shows it.
 *
 * One process at a time may use a `home`. Disposing stops taking mail first, then answers what is under way, then
 * closes the store; a message whose sender saw 250 is there after the next start.
 */
export async function startMailbox(options: MailboxOptions): Promise<LocalMailbox> {
  const { smtpPort, httpPort, home, host = '127.0.0.1', messagesMax = messagesMaxDefault } = options;
  const { log = silentLogger, clock = systemClock } = options;
  await using scope = new AsyncDisposableStack();

  const store = scope.use(await openMailStore({ home, messagesMax, clock }));
  const smtpUrl = () => urlOf('smtp', host, smtp.port);
  const server = createServer(createHttpApp({ store, readMail: createMailReader(), clock, smtpUrl, log }));
  const http = scope.use(await listen(server, { host, port: httpPort }));
  // Pages that listen for news would keep the server open for ever.
  scope.defer(() => server.closeAllConnections());
  const smtp = scope.use(await startSmtpIntake({ store, host, port: smtpPort, log }));

  const owned = scope.move();
  return {
    smtpPort: smtp.port,
    httpPort: http.port,
    httpUrl: urlOf('http', host, http.port),
    smtpUrl: smtpUrl(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
