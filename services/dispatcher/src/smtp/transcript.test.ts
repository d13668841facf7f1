import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, ConversationLine, conversationLines, conversationLinesMax } from '@posthorn/contracts';
import { createTranscript, type Transcript } from './transcript.ts';

test('of a long conversation the beginning and the end are kept, and the gap is named', () => {
  const transcript = createTranscript();
  for (let count = 1; count <= 100; count += 1) transcript.note('us', `RCPT ${count}`);

  const texts = linesOf(transcript).map(({ text }) => text);

  assert.equal(texts.length, conversationLinesMax);
  assert.deepEqual(texts.slice(38, 41), ['RCPT 39', '(41 lines left out)', 'RCPT 81']);
  assert.equal(texts.at(-1), 'RCPT 100');
});

test('a conversation of just the most lines is kept whole but for the one that makes room for the gap', () => {
  const transcript = createTranscript();
  for (let count = 1; count <= conversationLinesMax - 1; count += 1) transcript.note('peer', `${count}`);

  assert.equal(linesOf(transcript).length, conversationLinesMax - 1);
  assert.ok(linesOf(transcript).every(({ from }) => from === 'peer'));
});

test('whatever a peer says becomes a line that may be stored and shown', () => {
  const transcript = createTranscript();
  for (const text of ['250-a\n250 b\u0007', `250 ${'\ud83d\ude00'.repeat(400)}`, '550 \ud800', '\u202e'])
    transcript.note('peer', text);

  const lines = linesOf(transcript);

  assert.ok(lines.every((line) => ConversationLine.safeParse(line).success));
  assert.ok(lines.every(({ text }) => text.isWellFormed() && !/\p{Cc}/u.test(text)));
  assert.equal(lines[0]?.text, '250-a 250 b');
});

function linesOf(transcript: Transcript): ConversationLine[] {
  return conversationLines(Conversation.parse(transcript.conversation()));
}
