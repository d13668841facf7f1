import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mailHostOf, tempers } from './tempers.ts';

/** Attempts end after this long, so that the run does: what cannot be delivered must come to a recorded end. */
export const giveUpAfterMinutes = 4;

/** Writes SHAPING_FILE and RETRIES_FILE of the run into `folder`. JSON is YAML. */
export async function writeRulesFiles(folder: string): Promise<{ shaping: string; retries: string }> {
  const shaping = path.join(folder, 'shaping.yaml');
  const retries = path.join(folder, 'retries.yaml');
  const sites = Object.fromEntries(
    tempers.map((temper) => {
      const { connectionsMax, messagesPerConnectionMax, ratePerSecond, burst } = temper.limits;
      const limits = {
        connections: connectionsMax,
        messagesPerConnection: messagesPerConnectionMax,
        messageRate: `${ratePerSecond}/s`,
        burst,
      };
      return [mailHostOf(temper), limits];
    }),
  );
  await writeFile(shaping, JSON.stringify({ sites }));
  await writeFile(
    retries,
    JSON.stringify({
      delays: ['5s', '10s', '20s', '30s'],
      giveUpAfter: `${giveUpAfterMinutes}m`,
      namedWait: { atLeast: '5s', atMost: '30s' },
    }),
  );
  return { shaping, retries };
}
