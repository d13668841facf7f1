import { createLogger, stopOnSignal } from '@posthorn/runtime';
import { loadMailboxConfig } from './config.ts';
import { startMailbox } from './start-mailbox.ts';

const config = loadMailboxConfig(process.env);
// Standard output carries the ready line alone.
const log = createLogger({ service: 'mailbox', level: config.logLevel, destination: process.stderr });
const mailbox = await startMailbox({ ...config, log });

stopOnSignal(mailbox, log, { timeoutMs: 5_000 });
const { smtpPort, httpPort, smtpUrl, httpUrl } = mailbox;
process.stdout.write(`${JSON.stringify({ ready: true, smtpPort, httpPort, smtpUrl, httpUrl })}\n`);
