import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationLine, conversationLines, packConversationLine } from './conversation.ts';

test('a conversation is one text, and its lines come back as they were said', () => {
  const lines: ConversationLine[] = [
    { atMs: 0, from: 'us', text: 'MAIL FROM:<a@b.example>' },
    { atMs: 12, from: 'peer', text: '250 <ok> 3>2' },
    { atMs: 12, from: 'us', text: '' },
  ];

  const conversation = lines.map(packConversationLine).join('\n');

  assert.equal(conversation, '0>MAIL FROM:<a@b.example>\n12<250 <ok> 3>2\n12>');
  assert.deepEqual(conversationLines(conversation), lines);
});

test('what is no line is left out', () => {
  assert.deepEqual(conversationLines(''), []);
  assert.deepEqual(conversationLines('nonsense\n-1>x\n1>y').length, 1);
});
