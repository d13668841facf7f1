import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createApiClient } from './api-client.ts';
import type { LocalSystem } from './system.ts';
import { welcomeEmail } from './welcome-email.ts';

const run = promisify(execFile);
const adminMain = path.resolve(import.meta.dirname, '../../../../services/gateway/src/admin/main.ts');

const FirstSteps = z.object({ accountId: z.int(), apiKey: z.string(), welcomeEmailId: z.int() });

/** The account, the key and the email that a first start makes. */
export type FirstSteps = z.infer<typeof FirstSteps>;

/**
 * Makes an account, an API key and the welcome email on the first start, and finds them again on every later one.
 *
 * They are kept in `<home>/first-steps.json`, readable by this user alone: the key is shown at each start, while the
 * store holds only its digest.
 */
export async function takeFirstSteps(system: LocalSystem, home: string): Promise<FirstSteps> {
  const file = path.join(home, 'first-steps.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept) return FirstSteps.parse(JSON.parse(kept));

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
        'all',
      ]),
    );
  const welcomeEmailId = await createApiClient(system.apiUrl, key).publishEmail(welcomeEmail);

  const made = { accountId, apiKey: key, welcomeEmailId };
  await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
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
