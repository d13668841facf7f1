import { z } from 'zod';

/** Mailpit's JSON as its documentation has it (mailpit.axllent.org/docs/api-v1, 2026): nothing missing, nothing more. */
const MailboxShape = z.strictObject({ Name: z.string(), Address: z.string() });

const addressed = {
  ID: z.string().regex(/^\w{22}$/),
  MessageID: z.string(),
  From: MailboxShape,
  To: z.array(MailboxShape),
  Cc: z.array(MailboxShape),
  Bcc: z.array(MailboxShape),
  ReplyTo: z.array(MailboxShape),
  Subject: z.string(),
  Username: z.string(),
  Tags: z.array(z.string()),
  Size: z.int(),
};

const AttachmentShape = z.strictObject({
  PartID: z.string(),
  FileName: z.string(),
  ContentType: z.string(),
  ContentID: z.string(),
  Size: z.int(),
  Checksums: z.strictObject({ MD5: z.string(), SHA1: z.string(), SHA256: z.string() }),
});

/** The answer of `/api/v1/messages` and `/api/v1/search`. */
export const MessagesShape = z.strictObject({
  total: z.int(),
  unread: z.int(),
  count: z.int(),
  messages_count: z.int(),
  messages_unread: z.int(),
  start: z.int(),
  tags: z.array(z.string()),
  messages: z.array(
    z.strictObject({
      ...addressed,
      Read: z.boolean(),
      Created: z.iso.datetime(),
      Attachments: z.int(),
      Snippet: z.string().max(250),
    }),
  ),
});

/** The answer of `/api/v1/message/{ID}`. */
export const MessageShape = z.strictObject({
  ...addressed,
  ReturnPath: z.string(),
  ListUnsubscribe: z.strictObject({
    Header: z.string(),
    Links: z.array(z.string()),
    Errors: z.string(),
    HeaderPost: z.string(),
  }),
  Date: z.iso.datetime(),
  Text: z.string(),
  HTML: z.string(),
  Inline: z.array(AttachmentShape),
  Attachments: z.array(AttachmentShape),
});

/** The answer of `/api/v1/info`. */
export const InfoShape = z.strictObject({
  Version: z.string(),
  LatestVersion: z.string(),
  Database: z.string(),
  DatabaseSize: z.int(),
  Messages: z.int(),
  Unread: z.int(),
  Tags: z.record(z.string(), z.int()),
  RuntimeStats: z.strictObject({
    Uptime: z.int(),
    Memory: z.int(),
    MessagesDeleted: z.int(),
    SMTPAccepted: z.int(),
    SMTPAcceptedSize: z.int(),
    SMTPRejected: z.int(),
    SMTPIgnored: z.int(),
  }),
});

/** The answer of any refused request. */
export const ErrorShape = z.strictObject({ Error: z.string().min(1) });
