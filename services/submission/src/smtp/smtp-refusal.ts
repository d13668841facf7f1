/** A reply other than 250: its code, and a text that begins with the enhanced code (RFC 3463) and says what to do. */
export class SmtpRefusal extends Error {
  override readonly name = 'SmtpRefusal';
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

const refusal = (code: number, text: string) => () => new SmtpRefusal(code, text);

/** Every refusal of ours; the table of docs/smtp-api.md is written from it. */
export const refusals = {
  // Connection and login
  needsTls: refusal(538, '5.7.11 Encryption required for login: use STARTTLS first'),
  wrongLogin: refusal(535, '5.7.8 User name or password is wrong: use the id and password of an SMTP token'),
  expiredToken: refusal(535, '5.7.8 The SMTP token has expired: create a new one'),
  lockedOut: refusal(421, '4.7.0 Too many failed logins: wait five minutes'),
  loginUnavailable: refusal(454, '4.7.0 Logins cannot be checked now: try again later'),
  loginEnded: refusal(421, '4.7.0 The SMTP token was changed: connect and log in again'),
  suspendedLogin: refusal(535, '5.7.1 The account is suspended: ask the operator'),
  suspended: refusal(550, '5.7.1 The account is suspended: ask the operator'),

  // Envelope
  needsSmtpUtf8: refusal(553, '5.6.7 The address is not ASCII: add SMTPUTF8 to MAIL FROM'),
  senderSyntax: refusal(501, '5.1.7 Bad sender address: write MAIL FROM:<local@domain>'),
  unknownParameter: refusal(555, '5.5.4 Parameter not supported: see the reply to EHLO'),
  recipientSyntax: refusal(501, '5.1.3 Bad recipient address: write RCPT TO:<local@domain>'),
  roleAddress: refusal(
    550,
    "5.7.1 Role addresses such as postmaster get no such mail: use a person's address",
  ),
  tooManyRecipients: refusal(452, '4.5.3 Too many recipients: send the rest in another message'),

  // Message
  tooLarge: refusal(552, '5.3.4 Message too large: the limit is in the reply to EHLO'),
  memoryFull: refusal(452, '4.3.1 Too many large messages at once: try again later'),
  cannotStore: refusal(451, '4.3.0 Cannot take mail now: try again later'),
  connectionLost: refusal(451, '4.4.2 The connection was lost'),
  bareLineEnd: refusal(
    554,
    '5.6.0 Bare CR, bare LF or NUL in the message: end lines with CR LF, encode binary parts',
  ),
  lineTooLong: refusal(554, '5.6.0 A line of more than 1 MiB: encode the part (base64 or quoted-printable)'),
  lineOfPart: refusal(
    554,
    '5.6.0 A line of more than 998 characters in a signed or damaged part, which we must not change: encode the part',
  ),
  headerTooLarge: refusal(554, '5.6.0 Header too large: at most 100 kB and 1,000 fields'),
  headerLineTooLong: refusal(554, '5.6.0 A header line of more than 998 characters: fold it'),
  headerSyntax: refusal(554, '5.6.0 A header line that is no field: write Name: value, then an empty line'),
  headerNotUtf8: refusal(
    554,
    '5.6.9 A header field has a control character or bytes that are not UTF-8: encode the text (RFC 2047)',
  ),
  headerAddressNotAscii: refusal(
    554,
    '5.6.9 An address in the header is not ASCII before its @: add SMTPUTF8 to MAIL FROM',
  ),
  repeatedField: refusal(554, '5.6.0 From, Subject, Date or Message-ID occurs twice: write each once'),
  fromMissing: refusal(554, '5.6.0 The message must have one From field with one address'),
  fromNotVerified: refusal(550, '5.7.1 The domain of From is not verified: connect it as a sending domain'),
  loop: refusal(554, '5.4.6 The message has been here before or went through more than 50 servers'),
  trackWish: refusal(554, '5.6.0 X-Posthorn-Track must be none, opens, clicks or all'),
  otherMessage: refusal(
    554,
    '5.6.0 The X-Posthorn-Idempotency-Key was used with another message: use a new one',
  ),
  idempotencyKey: refusal(
    554,
    '5.6.0 X-Posthorn-Idempotency-Key must be 1 to 256 printable ASCII characters, once',
  ),
} as const;
