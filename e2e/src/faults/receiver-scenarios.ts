import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Scenario } from './scenario.ts';

/** Waits short enough for a run. */
async function quickRetries(): Promise<Record<string, string>> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'posthorn-retries-')), 'retries.yaml');
  await writeFile(
    file,
    JSON.stringify({
      delays: ['2s', '4s', '8s'],
      giveUpAfter: '45s',
      namedWait: { atLeast: '2s', atMost: '8s' },
    }),
  );
  return { RETRIES_FILE: file };
}

/** Receivers that misbehave: each message ends delivered, or with a reason. */
export const receiverScenarios: readonly Scenario[] = [
  {
    rows: ['F18', 'F19', 'F21', 'F22', 'F23', 'F24', 'F27', 'F28', 'F29'],
    title: 'receivers refuse, greylist, talk nonsense, hang up before the dot and after their 250',
    world: { env: await quickRetries() },
    run: async (stage) => {
      const behaviours = [
        ...[
          'ok',
          '421-rcpt',
          'greylist-3',
          '451-rcpt',
          '550-rcpt',
          '554-dot',
          'garbage-rcpt',
          'garbage',
          'tarpit-2',
        ],
        ...['drop-in-rcpt', 'drop-after-354', 'drop-in-data', '250-then-rst', '250-then-close'],
        ...['multiline', 'split-250', 'long-reply', 'early-250', 'slow-dot-3000'],
      ];
      await using flow = stage.startFlow({
        ...{ ratePerSecond: 100, behaviours },
        countMax: Math.max(400, Math.round(4_000 * stage.scale)),
      });
      await flow.finish();
    },
  },
];
