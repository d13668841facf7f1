import type { RunningInstance } from './instance-lock.ts';

/** What a person needs after `npm start`: where everything is, and a line to paste. Plain text, at most 100 columns but for the key. */
export function bannerOf(instance: RunningInstance): string {
  const rows = [
    ['API', instance.apiUrl],
    ['API key', instance.apiKey],
    ['Mailbox', instance.mailboxUrl],
    ['API docs', instance.docsUrl],
  ];
  return [
    '',
    '  Posthorn is up.',
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(10)}${value}`),
    '',
    '  Send one yourself:',
    '',
    curlOf(instance),
    '',
  ].join('\n');
}

function curlOf({ apiUrl, apiKey, welcomeEmailId }: RunningInstance): string {
  const body = {
    emailId: welcomeEmailId,
    message: { to: 'you@example.com' },
    contactProperties: { firstname: 'Grace' },
    customProperties: { docsUrl: `${apiUrl}/docs`, steps: ['You posted it.'] },
  };
  return [
    `curl ${apiUrl}/marketing/v3/transactional/single-email/send \\`,
    `  -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');
}
