import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

/** Which Posthorn is meant. */
export type Place = Readonly<{ mongodbUrl: string; secret: string }>;

/** What `npm start` writes about the instance it runs, as far as it is needed here. */
const Running = z.object({ mongodbUrl: z.string(), secretFile: z.string() });

/** Finds it by the environment, else by what runs on this machine. Throws a `misconfigured` Fault that says what to set. */
export async function findPlace(env: NodeJS.ProcessEnv): Promise<Place> {
  const { MONGODB_URL: mongodbUrl, POSTHORN_SECRET: secret } = env;
  if (mongodbUrl && secret) return { mongodbUrl, secret };
  const running = await readRunning(env);
  return { mongodbUrl: mongodbUrl || running.mongodbUrl, secret: secret || running.secret };
}

async function readRunning(env: NodeJS.ProcessEnv): Promise<Place> {
  const home = path.resolve(env['POSTHORN_HOME'] || '.posthorn');
  try {
    const { mongodbUrl, secretFile } = Running.parse(
      JSON.parse(await readFile(path.join(home, 'running.json'), 'utf8')),
    );
    return { mongodbUrl, secret: (await readFile(secretFile, 'utf8')).trim() };
  } catch (cause) {
    throw new Fault(
      'misconfigured',
      `No Posthorn runs on ${home}. Start one with \`npm start\`, or set MONGODB_URL and POSTHORN_SECRET to those of the one you mean.`,
      { cause },
    );
  }
}
