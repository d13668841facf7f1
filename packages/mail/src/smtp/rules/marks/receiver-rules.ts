import type { ReplyRule } from '../../reply-rule.ts';
import { exactRules } from './exact-rules.ts';
import { googleRules } from './google-rules.ts';
import { microsoftRules } from './microsoft-rules.ts';
import { tagRules } from './tag-rules.ts';

const yahoo = 'https://senders.yahooinc.com/smtp-error-codes/';
const comcast = 'http://postmaster.comcast.net/mail-error-codes.html';
const gmx = 'https://postmaster.gmx.com/en/error-messages';
const web = 'https://postmaster.web.de/en/error-messages';
const mimecast = 'https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691';
const telekom = 'https://postmaster.t-online.de/';
const orange = 'https://bentonow.com/smtp-errors/orange';
const godaddy = 'https://www.secureserver.net/help/fix-rejected-email-with-a-bounce-error-40685';

/** Lists what one receiver means by words or codes that say something else, or nothing, elsewhere. */
export const receiverRules = [
  ...googleRules,
  ...microsoftRules,
  ...tagRules,
  ...exactRules,

  {
    id: 'yahoo-ts03',
    class: 'ip-blocked',
    says: ['ts03', 'tss09', 'tss11', 'tss07', 'permanently deferred'],
    source: 'https://help.yahoo.com/kb/index?page=content&id=SLN3436',
  },
  {
    id: 'yahoo-complaints',
    class: 'throttled',
    says: ['tss04', 'ts04', 'deferred due to user complaints', 'deferred due to unexpected volume'],
    suspendMinutes: 60,
    source: yahoo,
  },
  { id: 'yahoo-traffic', class: 'throttled', says: ['ts01', 'ts02'], suspendMinutes: 30, source: yahoo },
  {
    id: 'yahoo-content',
    class: 'spam',
    says: ['ph01'],
    comment: 'PH: content that looks like phishing.',
    source: yahoo,
  },
  { id: 'yahoo-spamhaus', class: 'ip-blocked', says: ['bl21', 'bl23'], source: yahoo },
  {
    id: 'yahoo-no-account',
    class: 'unknown-recipient',
    says: ['this user doesn t have a * account'],
    source: yahoo,
  },
  { id: 'yahoo-not-allowed', class: 'policy', says: ['message not allowed 299'], source: yahoo },

  { id: 'comcast-spam-block', class: 'ip-blocked', says: ['comcast block for spam'], source: comcast },
  {
    id: 'comcast-not-customer',
    class: 'unknown-recipient',
    says: ['not our customer', 'mailbox unallocated'],
    source: comcast,
  },
  {
    id: 'comcast-recipient-rate',
    class: 'recipient-throttled',
    says: ['too many recent messages'],
    source: comcast,
  },
  {
    id: 'apple-volume',
    class: 'recipient-throttled',
    says: ['deferred due to excessive volume'],
    source: 'https://support.apple.com/102322',
  },
  { id: 'gmx-unavailable', class: 'ip-blocked', says: ['nemesis * block listed'], source: gmx },
  { id: 'web-ip', class: 'ip-blocked', says: ['policy restrictions ip based'], source: web },
  { id: 'web-domain', class: 'domain-blocked', says: ['policy restrictions domain based'], source: web },
  { id: 'web-sender-dns', class: 'sender-refused', says: ['invalid dns mx or a'], source: web },
  {
    id: 'telekom-unknown-ip',
    class: 'ip-blocked',
    says: ['none bad reputation', 'a problem occurred * to clarify'],
    comment: 'Takes no mail from addresses it has not heard of for a year.',
    source: telekom,
  },
  {
    id: 'orange-slow',
    class: 'throttled',
    says: ['ofr004 104', 'ofr004 105', 'service refused please try later'],
    suspendMinutes: 30,
    source: orange,
  },
  { id: 'orange-spam', class: 'spam', says: ['ofr 506'], source: orange },
  {
    id: 'mimecast-greylisting',
    class: 'greylisted',
    says: ['internal resource* temporarily unavailable'],
    comment: 'Its words for greylisting; back between a minute and 12 hours.',
    source: mimecast,
  },
  { id: 'mimecast-ip', class: 'ip-blocked', says: ['local ct ip reputation'], source: mimecast },
  {
    id: 'mimecast-blocked',
    class: 'policy',
    says: ['envelope blocked', 'manually blocked senders'],
    source: mimecast,
  },
  {
    id: 'godaddy-bad-recipients',
    class: 'ip-blocked',
    says: ['blocked for attempting to', 'blocked for the day'],
    source: godaddy,
  },
  {
    id: 'zoho-destination',
    class: 'policy',
    enhanced: ['5.4.1'],
    says: ['rejected by destination domain'],
    source: 'https://smtp.codes/zoho',
  },
  {
    id: 'rackspace-sender',
    class: 'authentication-failed',
    says: ['sender is not allowed to send from'],
    source: 'https://postmaster.emailsrvr.com/system-info/response-codes',
  },
  {
    id: 'rackspace-untrusted',
    class: 'throttled',
    says: ['too many messages from a new'],
    source: 'https://postmaster.emailsrvr.com/system-info/response-codes',
  },
  {
    id: 'symantec-filtered',
    class: 'spam',
    says: ['message filtered'],
    source: 'https://smtp.codes/emailsecuritycloud',
  },
] as const satisfies readonly ReplyRule[];
