/**
 * What a header field holds, which decides how text beyond ASCII is written in it: only `text`, names and comments may become
 * encoded words (RFC 2047, section 5). `token` stands for machine-read values where such text means nothing.
 */
export type FieldKind = 'address' | 'parameters' | 'url' | 'id' | 'date' | 'token' | 'text';

const names: Readonly<Record<Exclude<FieldKind, 'text'>, readonly string[]>> = {
  address: [
    ...['from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'resent-from', 'resent-sender', 'resent-reply-to'],
    ...['resent-to', 'resent-cc', 'resent-bcc', 'return-path', 'delivered-to', 'apparently-to', 'errors-to'],
    ...['disposition-notification-to', 'return-receipt-to', 'mail-followup-to', 'mail-reply-to', 'list-id'],
  ],
  parameters: ['content-type', 'content-disposition'],
  url: [
    ...['list-unsubscribe', 'list-subscribe', 'list-help', 'list-post', 'list-owner', 'list-archive'],
    ...['archived-at', 'content-location', 'content-base'],
  ],
  id: ['message-id', 'in-reply-to', 'references', 'resent-message-id', 'content-id', 'original-message-id'],
  date: ['date', 'resent-date', 'expires', 'expiry-date', 'reply-by', 'deferred-delivery', 'delivery-date'],
  token: [
    ...['received', 'mime-version', 'content-transfer-encoding', 'content-language', 'content-md5'],
    ...['list-unsubscribe-post', 'auto-submitted', 'precedence', 'importance', 'priority', 'sensitivity'],
    ...['x-priority', 'x-msmail-priority', 'dkim-signature', 'arc-seal', 'arc-message-signature'],
    ...['arc-authentication-results', 'authentication-results', 'received-spf', 'autocrypt', 'thread-index'],
  ],
};

const kinds: ReadonlyMap<string, FieldKind> = new Map(
  (['address', 'parameters', 'url', 'id', 'date', 'token'] as const).flatMap((kind) =>
    names[kind].map((name) => [name, kind]),
  ),
);

/** The kind of a field by its name in lower case. Unknown fields are text (RFC 5322, section 3.6.8). */
export function fieldKindOf(name: string): FieldKind {
  return kinds.get(name) ?? 'text';
}

/** Tells whether a field holds addresses; the name in lower case. */
export function isAddressField(name: string): boolean {
  return fieldKindOf(name) === 'address';
}
