import type { ReplyRule } from '../../reply-rule.ts';

const aol = 'https://postmaster.aol.com/error-codes';
const facebook = 'https://www.facebook.com/postmaster/response_codes';
const hotmail = 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting';
const godaddy = 'https://www.godaddy.com/help/what-does-my-email-bounceback-mean-3568';
const cox = 'https://www.cox.com/residential/support/email-error-codes.html';
const iua = 'https://mail.i.ua/err/';

/** Short tags that some receivers put into their replies, and that their own pages explain. */
export const tagRules = [
  {
    id: 'aol-blocked',
    class: 'ip-blocked',
    says: ['rtr bl', 'rtr sc', 'rtr bb', 'rtr du', 'rly bl', 'rly ir', 'con b1', '554conb1', '554rtrbl'],
    source: aol,
  },
  { id: 'aol-ptr', class: 'ip-unidentified', says: ['rtr rd'], source: aol },
  { id: 'aol-rate', class: 'throttled', says: ['dyn t1', 'dyn t2', 'rly b1', 'rly b2'], source: aol },
  { id: 'aol-content', class: 'spam', says: ['hvu b1', 'hvu b2', 'rly ch', 'rly bd'], source: aol },
  {
    id: 'facebook-blocked',
    class: 'ip-blocked',
    says: ['pol p1', 'pol p2', 'pol p3', 'pol p4', 'pol t1', 'pol t2', 'pol t3'],
    source: facebook,
  },
  {
    id: 'facebook-rate',
    class: 'throttled',
    says: ['con t1', 'con t2', 'con t3', 'con t4'],
    source: facebook,
  },
  { id: 'facebook-sender', class: 'sender-refused', says: ['dns p1', 'dns p2', 'dns t1'], source: facebook },
  { id: 'facebook-ptr', class: 'ip-unidentified', says: ['dns p3', 'dns t2'], source: facebook },
  {
    id: 'facebook-content',
    class: 'content-refused',
    says: ['msg p2', 'msg p3', 'pol p5'],
    source: facebook,
  },
  { id: 'facebook-spam', class: 'spam', says: ['pol p6', 'pol p7'], source: facebook },
  { id: 'facebook-size', class: 'message-too-large', says: ['msg p1', 'int p2'], source: facebook },
  { id: 'facebook-wish', class: 'recipient-restricted', says: ['rcp p2', 'rcp p3'], source: facebook },
  { id: 'facebook-inactive', class: 'inactive-recipient', says: ['rcp t4'], source: facebook },
  {
    id: 'facebook-unknown',
    class: 'unknown-recipient',
    says: ['rcp p1', 'int p1', 'int p3', 'int p4'],
    source: facebook,
  },
  {
    id: 'hotmail-blocked',
    class: 'ip-blocked',
    says: ['ou 001', 'sc 001', 'sc 002', 'dy 001'],
    source: hotmail,
  },
  { id: 'hotmail-rate', class: 'throttled', says: ['rp 001', 'rp 002', 'rp 003'], source: hotmail },
  {
    id: 'godaddy-blocked',
    class: 'ip-blocked',
    says: ['ib103', 'ib104', 'ib105', 'ib106', 'ib110', 'ib111', 'ib112', 'ib113'],
    source: godaddy,
  },
  { id: 'godaddy-ptr', class: 'ip-unidentified', says: ['ib108'], source: godaddy },
  { id: 'godaddy-rate', class: 'throttled', says: ['ib007', 'ib504', 'ib510', 'ib607'], source: godaddy },
  { id: 'godaddy-spam', class: 'spam', says: ['ib212'], source: godaddy },
  { id: 'godaddy-sender', class: 'sender-refused', says: ['ib501', 'ib502', 'ib506'], source: godaddy },
  { id: 'godaddy-spf', class: 'authentication-failed', says: ['ib508'], source: godaddy },
  { id: 'godaddy-virus', class: 'content-refused', says: ['ib705'], source: godaddy },
  { id: 'cox-blocked', class: 'ip-blocked', says: ['cdrbl', 'cxbl', 'ipbl*'], source: cox },
  { id: 'cox-rate', class: 'throttled', says: ['cxcnct', 'cxmxrt'], source: cox },
  { id: 'cox-sender', class: 'sender-refused', says: ['cxsndr'], source: cox },
  { id: 'iua-relay', class: 'relay-denied', says: ['mail i ua err 1', 'mail i ua err 6'], source: iua },
  { id: 'iua-unknown', class: 'unknown-recipient', says: ['mail i ua err 2'], source: iua },
  { id: 'iua-inactive', class: 'inactive-recipient', says: ['mail i ua err 3'], source: iua },
  { id: 'iua-full', class: 'mailbox-full', says: ['mail i ua err 4'], source: iua },
  { id: 'iua-rate', class: 'throttled', says: ['mail i ua err 5'], source: iua },
  { id: 'iua-helo', class: 'ip-unidentified', says: ['mail i ua err 7'], source: iua },
  { id: 'iua-sender', class: 'sender-refused', says: ['mail i ua err 8'], source: iua },
  { id: 'iua-blocked', class: 'ip-blocked', says: ['mail i ua err 9'], source: iua },
  { id: 'iua-wish', class: 'recipient-restricted', says: ['mail i ua err 10'], source: iua },
  {
    id: 'yahoo-greylisted',
    class: 'greylisted',
    says: ['gl01'],
    source: 'https://senders.yahooinc.com/smtp-error-codes/',
  },
] as const satisfies readonly ReplyRule[];
