import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationLine, conversationLines, packConversationLine } from './conversation.ts';
import { Event } from './event.ts';

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

test('F50: an event of an earlier version, whose conversation has another form, is read without it', () => {
  const event = {
    ...{ id: '0198aaaa-0000-7000-8000-000000000001', accountId: 1, statusId: aStatusId, emailId: 2, atMs: 3 },
    ...{ type: 'DELIVERED', recipient: 'ada@customer.example', deliveryId: `${aStatusId}:0`, attempt: 1 },
    response: '250 ok',
  };
  const conversation = [{ atMs: 0, from: 'us', text: 'QUIT' }];

  const read = Event.parse({ ...event, conversation });

  assert.partialDeepStrictEqual(read, event);
  assert.equal('conversation' in read && read.conversation, undefined);
});

const aStatusId = '0198aaaa-0000-8000-8000-000000000002';
