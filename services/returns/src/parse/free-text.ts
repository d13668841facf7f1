import { subjectOf } from './auto-reply.ts';
import { addressOf, diagnosticMax } from './delivery-status.ts';
import { fieldOf, type HeaderFields } from './header-fields.ts';
import type { RecipientStatus } from './report.ts';

/** A mail server's own wording of "could not be delivered" or "not yet". */
type Wording = Readonly<{
  /** What only this server writes. */
  mark: RegExp;
  /** What it writes when it still tries. */
  delay: RegExp;
  /** What comes before the returned message. */
  cut: RegExp;
}>;

/**
 * qmail (qsbmf format, cr.yp.to/proto/qsbmf.txt), Postfix (bounce(5) templates), Exim (its manual, "Customizing
 * bounce and warning messages"), Exchange and Outlook.com (learn.microsoft.com, "NDR in Exchange"), Gmail
 * (support.google.com/mail, "bounced or rejected emails").
 */
const wordings: readonly Wording[] = [
  { mark: /this is the qmail-send program/i, delay: /$^/, cut: /--- Below this line is a copy/i },
  {
    mark: /this is the (?:mail system|postfix program) at host/i,
    delay: /this is a warning only/i,
    cut: /^-{5,}|^Content-Description:/m,
  },
  {
    mark: /created automatically by (?:the )?mail delivery software/i,
    delay: /has not (?:yet )?been delivered|delivery attempts will continue/i,
    cut: /-{4,} This is a copy of (?:the|your) message/i,
  },
  {
    mark: /delivery has failed to these recipients|did not reach (?:some or all of )?the (?:intended|following) recipient|the following recipient\(?s?\)? (?:could|can)not be reached/i,
    delay: /delivery is delayed|has(?:n['’]t| not) been delivered yet/i,
    cut: /^(?:Original message headers|Diagnostic information for administrators):?$\n\n(?=Received:)/im,
  },
  {
    mark: /delivery to the following recipients? (?:failed permanently|has been delayed)|\*\* (?:address not found|message (?:not delivered|blocked)|delivery incomplete|recipient inbox full) \*\*/i,
    delay: /has been delayed|delivery incomplete|will retry for/i,
    cut: /^-{3,} ?Original message ?-{3,}/im,
  },
];

/** For servers that none of these is. */
const anyServer: Wording = {
  mark: /undeliver(?:able|ed)|could ?n[o']t be delivered|deliver(?:y|ed)[^.]{0,30}(?:fail|delay)|not (?:yet )?(?:been )?delivered|returned (?:mail|to sender)|mail (?:system )?error|permanent (?:fatal )?error|user unknown|no such user/i,
  delay:
    /\bdelayed\b|not yet been delivered|will (?:re)?try|still (?:being )?retried|warning: could not send/i,
  cut: /^-{3,}.{0,40}(?:original|returned|copy|message follows)/im,
};

/** The last is the sender of Exchange's own reports. */
const daemons =
  /\b(?:mailer-daemon|postmaster|mail delivery (?:sub)?system|mdaemon|microsoftexchange[0-9a-f]{8,32})\b/i;

/**
 * Reads a mail server's free text; undefined where it is none. A person's automatic reply may quote such a text, so
 * what it says counts only where the header, too, says that a server wrote it.
 */
export function statusOfText(text: string, fields: HeaderFields): RecipientStatus | undefined {
  if (!fields.has('x-failed-recipients') && !daemons.test(fieldOf(fields, 'from'))) return undefined;
  const wording = [...wordings, anyServer].find(({ mark }) => mark.test(`${subjectOf(fields)}\n${text}`));
  if (!wording) return undefined;
  const cut = wording.cut.exec(text)?.index;
  const said = cut === undefined || cut === 0 ? text : text.slice(0, cut);
  const isDelay = wording.delay.test(`${said}\n${subjectOf(fields)}`);
  const { diagnostic, status } = diagnosticOf(said);
  return {
    action: isDelay ? 'delayed' : 'failed',
    ...(status !== undefined && { status }),
    diagnostic: diagnostic.replace(/\s+/g, ' ').trim().slice(0, diagnosticMax),
    addresses: addressesIn(said, fields),
  };
}

/** The reply inside the text: from its code to the end of the paragraph; else the paragraph that holds a status. */
function diagnosticOf(text: string): { diagnostic: string; status?: string } {
  const reply = replies.map((pattern) => pattern.exec(text)).find((match) => match !== null);
  const status = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(reply?.[1] ?? text)?.[0];
  const found = status === undefined ? {} : { status };
  if (reply?.[1] !== undefined) return { diagnostic: reply[1], ...found };
  const paragraphs = text.split(/\n[ \t]*\n/).map((paragraph) => paragraph.trim());
  const named = status === undefined ? undefined : paragraphs.find((paragraph) => paragraph.includes(status));
  const accused = paragraphs.find((paragraph) => /^\s*<?\S{1,200}@\S{1,200}>?:?\s*\n/.test(paragraph));
  const words = (named ?? accused)?.replace(/^<?\S{1,200}@\S{1,200}>?:?\s*\n/, '');
  return { diagnostic: words ?? '', ...found };
}

/** A code, with or without an enhanced one behind it, up to the end of the paragraph or line. */
const replies: readonly RegExp[] = [
  /#?\b([45]\d\d[ -]{1,3}#?[45]\.\d{1,3}\.\d{1,3}\b(?:[^\n]|\n(?!\s*\n)){0,900})/,
  /(?:said|responded(?: with)?|error(?: from remote mail server)?[^\n:]{0,80}|was):\s{0,10}(?:<[^>\n]{0,300}>:?\s{0,10})?([45]\d\d[ -](?:[^\n]|\n(?!\s*\n)){0,900})/i,
  /^\s{0,40}(?:smtp;\s*)?([45]\d\d[ -][^\n]{1,900})/im,
];

function addressesIn(text: string, fields: HeaderFields): string[] {
  const named = fieldOf(fields, 'x-failed-recipients').split(',');
  const written = text.match(/[^\s<>()[\]:;,"']{1,64}@[^\s<>()[\]:;,"']{1,255}/g) ?? [];
  const addresses = [...named, ...written.slice(0, 20)].map(addressOf);
  return [...new Set(addresses.filter((address) => address !== ''))];
}
