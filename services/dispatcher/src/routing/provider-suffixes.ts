/**
 * Large receivers whose domains have many sets of mail hosts but one set of limits, by the end of their hosts' names.
 *
 * Source: the hosts' names as the receivers document them for their customers (Google Workspace "MX record values",
 * Microsoft 365 "External Domain Name System records", Yahoo, Apple, Mimecast and Proofpoint setup guides), as KumoMTA's
 * shaping data groups them too.
 */
export const providerSuffixes: readonly string[] = [
  'google.com',
  'googlemail.com',
  'yahoodns.net',
  'olc.protection.outlook.com',
  'mail.protection.outlook.com',
  'mx.microsoft',
  'outlook.com',
  'icloud.com',
  'mimecast.com',
  'pphosted.com',
  'orange.fr',
  'comcast.net',
  'gmx.net',
  'web.de',
  't-online.de',
  'mail.ru',
  'yandex.net',
  'qq.com',
  'zoho.com',
  'ovh.net',
];

/** Names under which some suffixes above are one receiver. */
export const providerAliases: Readonly<Record<string, string>> = { 'googlemail.com': 'google.com' };
