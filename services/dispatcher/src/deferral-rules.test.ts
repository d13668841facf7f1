import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { defaultRetrySchedule, parseReply } from '@posthorn/mail';
import { isFault } from '@posthorn/runtime';
import { loadDeferralRules } from './deferral-rules.ts';

const minuteMs = 60_000;
const infra = path.resolve(import.meta.dirname, '../../../infra');

test('without files the schedule is our own, and replies are judged by our rules alone', async () => {
  assert.deepEqual(await loadDeferralRules({}), { schedule: defaultRetrySchedule });
});

test('the files in infra are usable and say what is so without them', async () => {
  const { schedule, domainSchedules, classify } = await loadDeferralRules({
    replies: path.join(infra, 'replies.yaml'),
    retries: path.join(infra, 'retries.yaml'),
  });

  assert.deepEqual(schedule, defaultRetrySchedule);
  assert.equal(domainSchedules?.size, 0);
  assert.partialDeepStrictEqual(classify?.(parseReply('550 5.1.1 x')), { class: 'unknown-recipient' });
});

test('a domain takes what it leaves out from all others', async (t) => {
  const retries = await fileOf(
    t,
    `
delays: [10m, 1h]
giveUpAfter: 1d
namedWait: { atLeast: 30s, atMost: 2h }
domains:
  slow.example: { delays: [30m], jitterPercent: 0 }
  never.example: { giveUpAfter: 10m }
`,
  );

  const { schedule, domainSchedules } = await loadDeferralRules({ retries });

  assert.deepEqual(schedule, {
    ...{ delaysMs: [10 * minuteMs, 60 * minuteMs], jitterShare: 0.2, maxAgeMs: 1_440 * minuteMs },
    namedWait: { minMs: minuteMs / 2, maxMs: 120 * minuteMs },
  });
  assert.deepEqual(domainSchedules?.get('slow.example'), {
    ...schedule,
    ...{ delaysMs: [30 * minuteMs], jitterShare: 0 },
  });
  assert.equal(domainSchedules?.get('never.example')?.maxAgeMs, 10 * minuteMs);
});

test('rules of a file go before ours', async (t) => {
  const replies = await fileOf(
    t,
    `
rules:
  - id: partner-full
    class: throttled
    codes: [552]
    says: [all seats * taken]
    suspendMinutes: 20
    comment: They mean that we are too fast.
`,
  );

  const { classify } = await loadDeferralRules({ replies });

  const outcome = classify?.(parseReply('552 5.2.2 all seats are taken'));
  assert.partialDeepStrictEqual(outcome, {
    kind: 'deferred',
    rule: 'partner-full',
    suspendMs: 20 * minuteMs,
  });
});

test('an empty file is no rules', async (t) => {
  const empty = await fileOf(t, '');

  assert.deepEqual((await loadDeferralRules({ retries: empty })).schedule, defaultRetrySchedule);
  assert.ok((await loadDeferralRules({ replies: empty })).classify);
});

const wrongReplies: Record<string, [content: string, says: RegExp]> = {
  'no YAML': ['rules: [', /cannot be read/],
  'an unknown class': ['rules: [{ id: a, class: nonsense, says: [hello] }]', /class/],
  'an unknown key': ['rules: [{ id: a, class: spam, say: [hello] }]', /say/],
  'a rule without matchers': ['rules: [{ id: a, class: spam }]', /rule a/],
  'a phrase without a word': ["rules: [{ id: a, class: spam, says: ['*'] }]", /rule a/],
  'one of our ids': ['rules: [{ id: says-spam, class: spam, says: [hello] }]', /says-spam/],
  'a code of success': ['rules: [{ id: a, class: spam, codes: [250] }]', /codes/],
  'a list': ['- a', /not usable/],
};

for (const [what, [content, says]] of Object.entries(wrongReplies)) {
  test(`a file of replies with ${what} stops the start and says so`, async (t) => {
    await assert.rejects(loadDeferralRules({ replies: await fileOf(t, content) }), isMisconfigured(says));
  });
}

const wrongRetries: Record<string, [content: string, says: RegExp]> = {
  'no delays': ['delays: []', /delays/],
  'a number without a unit': ['delays: [5]', /delays/],
  'a wait of nothing': ['delays: [0m]', /90s/],
  'a jitter above the whole': ['jitterPercent: 120', /jitterPercent/],
  'bounds the wrong way round': ['namedWait: { atLeast: 2h, atMost: 1h }', /atLeast/],
  'a domain in upper case': ['domains: { Example.org: {} }', /Example/],
  'an unknown key': ['delay: [5m]', /delay/],
};

for (const [what, [content, says]] of Object.entries(wrongRetries)) {
  test(`a file of retries with ${what} stops the start and says so`, async (t) => {
    await assert.rejects(loadDeferralRules({ retries: await fileOf(t, content) }), isMisconfigured(says));
  });
}

test('a file that is not there stops the start', async () => {
  await assert.rejects(loadDeferralRules({ replies: '/nowhere/replies.yaml' }), isMisconfigured(/nowhere/));
});

function isMisconfigured(says: RegExp) {
  return (error: unknown) => isFault(error, 'misconfigured') && says.test(error.message);
}

async function fileOf(t: TestContext, content: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-rules-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'rules.yaml');
  await writeFile(file, content);
  return file;
}
