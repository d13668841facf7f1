/**
 * Large receivers whose domains have many sets of mail hosts but one set of limits, by the end of their hosts' names.
 *
 * The grouping of the first ones follows KumoMTA's documentation of its shaping data; the others are the mail hosts that the
 * receivers' domains name today, as far as we know them, and no document of theirs vouches for one set of limits. A wrong
 * entry only makes separate limits one.
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
