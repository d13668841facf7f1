import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hit, judgeHit } from './machine-verdict.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const outlook = 'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; ms-office; MSOffice 16)';
const gmail = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';

const cases: { name: string; hit: Partial<Hit>; machine: boolean; reason: string }[] = [
  { name: 'a browser that opens', hit: {}, machine: false, reason: 'none' },
  { name: 'a browser that clicks', hit: { kind: 'click' }, machine: false, reason: 'none' },
  { name: 'Outlook', hit: { userAgent: outlook }, machine: false, reason: 'none' },
  {
    name: 'an open at once, as a mail program with a push connection does',
    hit: { sinceAcceptedMs: 300 },
    machine: false,
    reason: 'none',
  },
  { name: 'two links at once', hit: { kind: 'click', linksInWindow: 2 }, machine: false, reason: 'none' },
  { name: "Gmail's image proxy", hit: { userAgent: gmail }, machine: false, reason: 'proxy-user-agent' },
  {
    name: "Yahoo's image proxy",
    hit: { userAgent: 'YahooMailProxy; https://help.yahoo.com/' },
    machine: false,
    reason: 'proxy-user-agent',
  },
  {
    name: 'Apple Mail Privacy Protection',
    hit: { userAgent: 'Mozilla/5.0' },
    machine: true,
    reason: 'proxy-user-agent',
  },
  { name: 'a HEAD request', hit: { method: 'HEAD' }, machine: true, reason: 'head-request' },
  {
    name: 'Sec-Purpose: prefetch',
    hit: { purpose: 'prefetch;prerender' },
    machine: true,
    reason: 'prefetch-header',
  },
  { name: 'X-Purpose: preview', hit: { purpose: 'preview' }, machine: true, reason: 'prefetch-header' },
  { name: 'no user agent', hit: { userAgent: undefined }, machine: true, reason: 'scanner-user-agent' },
  { name: 'an empty user agent', hit: { userAgent: ' ' }, machine: true, reason: 'scanner-user-agent' },
  {
    name: 'a link preview',
    hit: { userAgent: `${firefox} BingPreview/1.0b` },
    machine: true,
    reason: 'scanner-user-agent',
  },
  {
    name: 'a chat program',
    hit: { userAgent: 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
    machine: true,
    reason: 'scanner-user-agent',
  },
  {
    name: 'an HTTP library',
    hit: { userAgent: 'python-requests/2.32.3' },
    machine: true,
    reason: 'scanner-user-agent',
  },
  ...[
    'GuzzleHttp/7',
    'reqwest/0.12.5',
    'Dart/3.4 (dart:io)',
    'PostmanRuntime/7.40.0',
    'okhttp/4.12.0',
    'Go-http-client/2.0',
    'Microsoft Office Protocol Discovery',
    'Microsoft Office Existence Discovery',
    'Microsoft-WebDAV-MiniRedir/10.0.19045',
    'Slack-ImgProxy (+https://api.slack.com/robots)',
    'WhatsApp/2.23.20.0 A',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.75 Safari/537.36 Google Favicon',
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0 Safari/537.36 Edge/12.246 Mozilla/5.0',
    'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 Chrome/99.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  ].map((userAgent) => ({
    name: `the program ${userAgent}`,
    hit: { kind: 'click' as const, userAgent },
    machine: true,
    reason: 'scanner-user-agent',
  })),
  ...[
    'Mozilla/5.0 (Linux; Android 11; CUBOT P50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 13; Spider 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36',
    'Mozilla/5.0 (Linux; Android 11; Discovery Scan Pro Build/RP1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 12; LGE-AN10; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/86.0 Mobile Safari/537.36 MicroMessenger/8.0 Process/toolsmp',
    'Dalvik/2.1.0 (Linux; U; Android 9; Nokia 4.2 Build/QKQ1)',
    'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17726; Pro)',
    'Outlook-iOS/723.4027091.prod.iphone (4.28.0)',
    'Mail/3774.600.62 CFNetwork/1494.0.7 Darwin/23.4.0',
    'YahooMobileMail/1.0 (Android Mail; 1.3.10)',
    'Thunderbird/115.11.0',
  ].map((userAgent) => ({
    name: `a phone or mail program, ${userAgent}`,
    hit: { kind: 'click' as const, userAgent },
    machine: false,
    reason: 'none',
  })),
  {
    name: 'a browser in the network of a mail scanner',
    hit: { kind: 'click', address: '209.222.82.7' },
    machine: true,
    reason: 'scanner-user-agent',
  },
  {
    name: 'a browser in any other network',
    hit: { kind: 'click', address: '2001:db8::7' },
    machine: false,
    reason: 'none',
  },
  { name: 'curl', hit: { userAgent: 'curl/8.5.0' }, machine: true, reason: 'scanner-user-agent' },
  {
    name: 'a browser without a screen',
    hit: { userAgent: 'Mozilla/5.0 (X11) HeadlessChrome/140.0' },
    machine: true,
    reason: 'scanner-user-agent',
  },
  {
    name: 'a click before a person could',
    hit: { kind: 'click', sinceAcceptedMs: 1_999 },
    machine: true,
    reason: 'too-soon',
  },
  {
    name: 'a click from a machine whose clock is behind',
    hit: { kind: 'click', sinceAcceptedMs: -500 },
    machine: true,
    reason: 'too-soon',
  },
  {
    name: 'the third link at once',
    hit: { kind: 'click', linksInWindow: 3 },
    machine: true,
    reason: 'burst',
  },
];

for (const { name, hit, machine, reason } of cases) {
  test(`${name} counts as ${machine ? "a machine's" : "a person's"} (${reason}) (B9)`, () => {
    assert.deepEqual(judgeHit({ ...person, ...hit }), { machine, reason });
  });
}

const person: Hit = {
  kind: 'open',
  method: 'GET',
  userAgent: firefox,
  purpose: undefined,
  sinceAcceptedMs: 60_000,
  linksInWindow: 1,
};
