import type { ReplyRule } from '../../reply-rule.ts';

const microsoft =
  'https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online';

/** What Outlook.com, Microsoft 365 and Exchange say; their details from x.7.500 up are of their own making. */
export const microsoftRules = [
  {
    id: 'microsoft-edge-blocking',
    class: 'unknown-recipient',
    enhanced: ['5.4.1', '5.7.504'],
    says: ['recipient address* rejected access denied'],
    comment: 'Directory based edge blocking: the address is not in the tenant.',
    source: microsoft,
  },
  {
    id: 'microsoft-consumer-unknown',
    class: 'unknown-recipient',
    enhanced: ['5.5.0'],
    says: ['mailbox unavailable'],
    source: microsoft,
  },
  {
    id: 'microsoft-recipient-threads',
    class: 'recipient-throttled',
    says: ['recipient thread limit exceeded'],
    source: microsoft,
  },
  {
    id: 'microsoft-recipient-limit',
    class: 'recipient-throttled',
    enhanced: ['x.2.121-122'],
    source: microsoft,
  },
  {
    id: 'microsoft-spamhaus-domain',
    class: 'domain-blocked',
    says: ['helo domain is listed', 'mailfrom domain is listed'],
    source: microsoft,
  },
  {
    id: 'microsoft-block-list',
    class: 'ip-blocked',
    says: ['their network is on our block list'],
    source: 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting',
  },
  { id: 'microsoft-rate-limited', class: 'ip-blocked', enhanced: ['4.7.650-651'], source: microsoft },
  { id: 'microsoft-ip-watched', class: 'ip-blocked', enhanced: ['4.7.850-899'], source: microsoft },
  {
    id: 'microsoft-busy',
    class: 'throttled',
    enhanced: ['4.7.500-699'],
    suspendMinutes: 15,
    comment: 'Sending is restricted while it is looked at.',
    source: microsoft,
  },
  {
    id: 'microsoft-banned-ip',
    class: 'ip-blocked',
    enhanced: ['5.7.507', '5.7.510-511', '5.7.513-514', '5.7.606-649', '5.7.708'],
    source: microsoft,
  },
  {
    id: 'microsoft-banned-sender',
    class: 'sender-refused',
    enhanced: ['5.7.502-503', '5.7.750'],
    source: microsoft,
  },
  { id: 'microsoft-spam-abuse', class: 'spam', enhanced: ['5.7.501'], source: microsoft },
  {
    id: 'microsoft-banned-recipient',
    class: 'recipient-restricted',
    enhanced: ['5.7.505'],
    source: microsoft,
  },
  { id: 'microsoft-bad-helo', class: 'ip-unidentified', enhanced: ['5.7.506'], source: microsoft },
  { id: 'microsoft-range-limit', class: 'throttled', enhanced: ['5.7.508', '5.7.705'], source: microsoft },
  { id: 'microsoft-dmarc', class: 'dmarc-failed', enhanced: ['5.7.509'], source: microsoft },
  { id: 'microsoft-from', class: 'content-refused', enhanced: ['5.7.512'], source: microsoft },
  {
    id: 'microsoft-authentication',
    class: 'authentication-failed',
    enhanced: ['5.7.515'],
    source: microsoft,
  },
  {
    id: 'microsoft-members-only',
    class: 'recipient-restricted',
    enhanced: ['5.7.12-13', '5.7.124', '5.7.129-136'],
    source: microsoft,
  },
  {
    id: 'exchange-members-only',
    class: 'recipient-restricted',
    says: ['resolver rst', 'delivery not authorized'],
    source: 'https://technet.microsoft.com/library/bb232118.aspx',
  },
  { id: 'microsoft-anonymous', class: 'login-required', enhanced: ['5.7.57'], source: microsoft },
  { id: 'microsoft-connector', class: 'relay-denied', enhanced: ['5.7.64'], source: microsoft },
  { id: 'microsoft-expired', class: 'expired', enhanced: ['5.4.300'], source: microsoft },
  { id: 'microsoft-loop', class: 'routing-problem', enhanced: ['5.4.14'], source: microsoft },
  {
    id: 'microsoft-queue-quota',
    class: 'receiver-unavailable',
    says: ['organization queue quota exceeded'],
    source: 'https://smtp.codes/outlook',
  },
] as const satisfies readonly ReplyRule[];
