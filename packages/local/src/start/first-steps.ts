import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createApiClient } from './api-client.ts';
import { replaceFile } from './replace-file.ts';
import type { LocalSystem } from './system.ts';
import { welcomeEmail } from './welcome-email.ts';

const run = promisify(execFile);
const adminMain = path.resolve(import.meta.dirname, '../../../../services/gateway/src/admin/main.ts');

const Account = z.object({ accountId: z.int(), apiKey: z.string(), welcomeEmailId: z.int() });
const SmtpToken = z.object({ smtpUser: z.string(), smtpPassword: z.string() });
const FirstSteps = Account.extend(SmtpToken.shape);

/** The account, the key, the email and the SMTP token that a first start makes. */
export type FirstSteps = z.infer<typeof FirstSteps>;

/**
 * Makes an account, an API key, the welcome email and an SMTP token on the first start, and finds them again on every later one.
 *
 * They are kept in `<home>/first-steps.json`, readable by this user alone: the key is shown at each start, while the
 * store holds only its digest.
 */
export async function takeFirstSteps(system: LocalSystem, home: string): Promise<FirstSteps> {
  const file = path.join(home, 'first-steps.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  const known = FirstSteps.partial().parse(JSON.parse(kept ?? '{}'));
  const made = {
    ...(Account.safeParse(known).data ?? (await makeAccount(system))),
    ...SmtpToken.safeParse(known).data,
  };
  const steps = { ...made, ...(await smtpTokenOf(system, made)) };
  if (!FirstSteps.safeParse(known).success) await replaceFile(file, `${JSON.stringify(steps, null, 2)}\n`);
  return steps;
}

async function makeAccount(system: LocalSystem): Promise<z.infer<typeof Account>> {
  const { accountId } = z
    .object({ accountId: z.int() })
    .parse(await admin(system, ['accounts', 'create', '--name', 'Local']));
  const { key } = z
    .object({ key: z.string() })
    .parse(
      await admin(system, [
        'keys',
        'create',
        '--account',
        String(accountId),
        '--name',
        'local',
        '--scopes',
        'all,operator',
      ]),
    );
  const welcomeEmailId = await createApiClient(system.apiUrl, key).publishEmail(welcomeEmail);

  return { accountId, apiKey: key, welcomeEmailId };
}

/** The token that is kept, or a new one: a folder may be older than the SMTP API. */
async function smtpTokenOf(
  { apiUrl }: LocalSystem,
  made: { apiKey: string } & Partial<z.infer<typeof SmtpToken>>,
): Promise<z.infer<typeof SmtpToken>> {
  const kept = SmtpToken.safeParse(made);
  if (kept.success) return kept.data;
  const api = createApiClient(apiUrl, made.apiKey);
  const { id, password } = await api.createSmtpToken({ campaignName: 'Local', createContact: true });
  return { smtpUser: id, smtpPassword: password };
}

/** Runs the admin command as an operator would, `npm run posthorn -- …`, and reads its JSON. */
async function admin(system: LocalSystem, args: string[]): Promise<unknown> {
  const env = {
    ...process.env,
    REDIS_URL: system.redisUrl,
    MONGODB_URL: system.mongodbUrl,
    POSTHORN_SECRET: system.secret,
  };
  const { stdout } = await run(process.execPath, [adminMain, ...args, '--json'], { env });
  return JSON.parse(stdout);
}
