import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { classifyReply, type ReplyOutcome } from './classify-reply.ts';
import { defaultReplyRules } from './default-reply-rules.ts';
import { isAddressFaultClass, isReplyClass, replyClasses } from './reply-class.ts';
import { parseReply } from './smtp-reply.ts';

type Documented = Readonly<{
  receiver: string;
  /** Where these replies are published. Placeholders in them are filled with documentation addresses. */
  source: string;
  /** Reply, class, action. Where a page has only the enhanced code, the plain one is that which goes with it. */
  replies: readonly (readonly [reply: string, name: string, action: string])[];
}>;

// The file is ours and its shape is checked by every test here.
const documented = JSON.parse(
  readFileSync(new URL('fixtures/replies.json', import.meta.url), 'utf8'),
) as readonly Documented[];
const all = documented.flatMap(({ replies }) => replies.map(([reply]) => reply));

for (const { receiver, source, replies } of documented) {
  test(`F21 what ${receiver} says is put in its class (${source})`, () => {
    for (const [reply, name, action] of replies) {
      const outcome = classifyReply(parseReply(reply));
      assert.deepEqual([classOf(outcome), actionOf(outcome)], [name, action], reply);
    }
  });
}

test('F21 the table has at least 150 replies, each once, and no class in it is left out', () => {
  const used = new Set(documented.flatMap(({ replies }) => replies.map(([, name]) => name)));

  assert.ok(all.length >= 300, `${all.length} replies`);
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(
    Object.keys(replyClasses).filter((name) => !used.has(name)),
    ['receiver-fault', 'dns-problem'],
  );
});

test('F21 a documented reply blames the address exactly where its class does', () => {
  for (const { replies } of documented) {
    for (const [raw, name] of replies) {
      const outcome = classifyReply(parseReply(raw));
      const isBlamed = outcome.kind === 'bounced' && outcome.isAddressFault;
      const isExpected = outcome.kind === 'bounced' && isReplyClass(name) && isAddressFaultClass(name);
      assert.equal(isBlamed, isExpected, raw);
    }
  }
});

test('F21 a 4xx never bounces, whatever is said', () => {
  for (const raw of all)
    assert.notEqual(classifyReply(parseReply(`4${raw.slice(1, 3)} ${raw.slice(4)}`)).kind, 'bounced');
});

test('every rule of ours decides about some reply: its own words or code, said alone', () => {
  const shadowed = defaultReplyRules.filter((rule) => {
    const code = rule.enhanced?.[0]?.replace(/^x/, '5').replace('*', '99').replace(/-\d+$/, '') ?? '';
    const said = (rule.says ?? ['']).map((phrase) => phrase.replaceAll(' * ', ' of ').replaceAll('*', ''));
    const plain = rule.codes?.[0] ?? (code.startsWith('4') ? 450 : 550);
    return said.every((words) => {
      const outcome = classifyReply(parseReply(`${plain} ${code} ${words}`));
      return outcome.kind === 'delivered' || outcome.rule !== rule.id;
    });
  });

  assert.deepEqual(
    shadowed.map(({ id }) => id),
    [],
  );
});

function classOf(outcome: ReplyOutcome): string {
  return outcome.kind === 'delivered' ? 'delivered' : outcome.class;
}

function actionOf(outcome: ReplyOutcome): string {
  if (outcome.kind === 'deferred') return outcome.action;
  return outcome.kind === 'bounced' ? 'bounce' : 'delivered';
}
