import { parseArgs } from 'node:util';
import { accountScopes, defaultPool } from '@posthorn/contracts';
import { digestsFromSecret } from '@posthorn/mail';
import { createLogger, Fault, systemClock } from '@posthorn/runtime';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import {
  createAccount,
  listAccounts,
  resumeAccount,
  setAccount,
  showAccount,
  suspendAccount,
} from './accounts.ts';
import type { AdminAnswer } from './admin-answer.ts';
import { createKey, listKeys, revokeKey } from './keys.ts';
import { findPlace } from './place.ts';
import { grantPool, listPools, revokePool } from './pools.ts';
import { checkSecrets } from './secrets.ts';

/** What `--help` prints. */
export const help = `Posthorn's accounts, API keys and pools.

  npm run posthorn -- accounts create --name <name>
  npm run posthorn -- accounts list
  npm run posthorn -- accounts show --account <id>
  npm run posthorn -- accounts set --account <id> <one or more settings>
  npm run posthorn -- accounts suspend --account <id>
  npm run posthorn -- accounts resume --account <id>
  npm run posthorn -- keys create --account <id> --name <name> [--scopes <a,b,…>] [--days <n>]
  npm run posthorn -- keys list --account <id>
  npm run posthorn -- keys revoke --account <id> --key <id>
  npm run posthorn -- pools list
  npm run posthorn -- pools grant --account <id> --pool <name>
  npm run posthorn -- pools revoke --account <id> --pool <name>
  npm run posthorn -- secrets check

  --scopes   ${accountScopes.join(', ')},
             or all for all of these, which a key has unless told otherwise; and, only by name, operator:
             IPs, pools, sites and other accounts. For your own key: --scopes all,operator
  --days     days after which the key ends; never unless given
  --json     one line of JSON instead of text

Settings of an account, in force within five seconds:

  --on-ambiguous <retry|hold>     what becomes of mail whose fate is unknown; retry unless set
  --track-opens <yes|no>          whether mail has the pixel that tells of an open; yes unless set
  --track-clicks <yes|no>         whether links lead over Posthorn, which tells of a click; yes unless set
  --refuse-bounced <yes|no>       whether mail to addresses that bounced is dropped; no unless set
  --refuse-complained <yes|no>    whether mail to addresses that called mail spam is dropped; no unless set
  --dedupe-message-id <yes|no>    whether a message that comes again by SMTP is sent once; no unless set
  --company-name, --company-address, --company-city, --company-state, --company-zip, --company-country
                                  the sender, which templates read as account.company_name and so on
  --pool <name>                   the pool that its mail leaves by, unless an email names another that it was granted
  --no-pool                       its mail leaves by the installation's default pool

\`secrets check\` tells what still needs an older secret of POSTHORN_SECRET: docs/secrets.md.

A key is shown once, when it is made. It stops working at most five seconds after it is revoked.

MONGODB_URL and POSTHORN_SECRET say which Posthorn is meant. Where they are unset, the one that
\`npm start\` runs here is: it is found through \${POSTHORN_HOME:-.posthorn}/running.json.`;

const options = {
  account: { type: 'string' },
  name: { type: 'string' },
  'refuse-bounced': { type: 'string' },
  'dedupe-message-id': { type: 'string' },
  'refuse-complained': { type: 'string' },
  'track-opens': { type: 'string' },
  'track-clicks': { type: 'string' },
  'on-ambiguous': { type: 'string' },
  'company-name': { type: 'string' },
  'company-address': { type: 'string' },
  'company-city': { type: 'string' },
  'company-state': { type: 'string' },
  'company-zip': { type: 'string' },
  'company-country': { type: 'string' },
  pool: { type: 'string' },
  'no-pool': { type: 'boolean' },
  scopes: { type: 'string' },
  key: { type: 'string' },
  days: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Longest wait for MongoDB: a person sits before it. */
const connectTimeoutMs = 10_000;

/**
 * Runs one admin command and returns what to print.
 *
 * Throws a Fault whose message a person can act on: a wrong command, an account that is not there, a MongoDB that
 * cannot be reached.
 */
export async function runAdmin(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ text: string }> {
  const { positionals, values } = readArgs(args);
  const command = positionals.join(' ');
  if (values.help || command === '') return { text: help };
  const work = commands[command];
  if (!work) throw new Fault('invalid_request', `There is no command "${command}".\n\n${help}`);

  const place = await findPlace(env);
  const log = createLogger({ service: 'admin', level: 'silent' });
  await using store = await connectStore({ url: place.mongodbUrl, log, seal: createSeal(place.secret) });
  await untilReady(store);
  const answer = await work(values, {
    store,
    digests: digestsFromSecret(place.secret),
    nowMs: systemClock.nowMs(),
    defaultPool: env['DEFAULT_POOL'] || defaultPool,
  });
  return { text: values.json ? JSON.stringify(answer.json) : answer.text };
}

const commands: Readonly<Record<string, (...given: Parameters<typeof createKey>) => Promise<AdminAnswer>>> = {
  'accounts create': createAccount,
  'accounts list': listAccounts,
  'accounts show': showAccount,
  'accounts set': setAccount,
  'accounts suspend': suspendAccount,
  'accounts resume': resumeAccount,
  'keys create': createKey,
  'keys list': listKeys,
  'keys revoke': revokeKey,
  'pools list': listPools,
  'pools grant': grantPool,
  'pools revoke': revokePool,
  'secrets check': checkSecrets,
};

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault('invalid_request', `${reason}\n\n${help}`);
  }
}

async function untilReady(store: Store): Promise<void> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), connectTimeoutMs);
  const isReady = await Promise.race([store.whenReady().then(() => true), late.promise]);
  clearTimeout(timer);
  if (!isReady)
    throw new Fault('unavailable', 'MongoDB does not answer. Is MONGODB_URL right, and is it running?');
}
