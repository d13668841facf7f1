import type { RunningInstance } from './instance-lock.ts';

/** What a person needs after `npm start`: where everything is, and a line to paste. Plain text, at most 100 columns but for the key. */
export function bannerOf(instance: RunningInstance): string {
  const rows = [
    ['API', instance.apiUrl],
    ['API key', instance.apiKey],
    ['Email id', String(instance.welcomeEmailId)],
    ['Mailbox', instance.mailboxUrl],
    ['API docs', instance.docsUrl],
    ['SMTP', `${instance.smtpUrl} (STARTTLS; from this machine plain too)`],
    ['SMTP user', instance.smtpUser],
    ['password', instance.smtpPassword],
  ];
  return [
    '',
    '  Posthorn is up.',
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(11)}${value}`),
    '',
    '  Send one yourself:',
    '',
    curlOf(instance),
    '',
    '  Or by SMTP (another user: POST /marketing/v3/transactional/smtp-tokens):',
    '',
    smtpCurlOf(instance),
    '',
  ].join('\n');
}

function smtpCurlOf({ smtpUrl, smtpUser, smtpPassword }: RunningInstance): string {
  const message = 'From: shop@example.com\\nTo: you@example.com\\nSubject: Hello\\n\\nHello.\\n';
  return [
    `printf '${message}' | curl ${smtpUrl} --user '${smtpUser}:${smtpPassword}' \\`,
    '  --mail-from shop@example.com --mail-rcpt you@example.com --crlf -T -',
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
