export { type LocalMailbox, type MailboxOptions, messagesMaxDefault, startMailbox } from './start-mailbox.ts';
