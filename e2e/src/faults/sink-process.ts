import { createHash } from 'node:crypto';
import process from 'node:process';
import { startSmtpSink } from '@posthorn/testing';
import { SinkQuestion } from './sink-question.ts';

/**
 * The receiver of a fault run, a process of its own that nobody kills. Its ledger, the file named by its one argument, holds
 * each final dot before its 250. Tells its port, then answers each question under its number.
 */
const [, , ledger = ''] = process.argv;
const corrupt: string[] = [];
let count = 0;
const sink = await startSmtpSink({
  ledger,
  onAccepted(entries, message) {
    count += entries.length;
    // Beside the way to the 250: a kill meanwhile leaves a delivery undecided.
    setImmediate(() => {
      if (!hasSignedBody(message)) corrupt.push(...entries.map(({ rcpt }) => rcpt));
    });
  },
});
process.on('message', (message) => {
  const question = SinkQuestion.parse(message);
  process.send?.({ id: question.id, answer: answerTo(question) });
});
process.on('disconnect', () => process.exit(0));
process.send?.(sink.port);

function answerTo(question: SinkQuestion): unknown {
  switch (question.kind) {
    case 'count':
      return count;
    case 'corrupt':
      return corrupt;
    case 'open-connections':
      return sink.counts.openConnections;
    case 'behave':
      return sink.behave(question.behaviour);
    case 'drop-connections':
      return sink.dropConnections();
  }
}

/** Whether the body is the one that its DKIM signature names (RFC 6376, section 3.7: relaxed body, SHA-256). */
function hasSignedBody(message: Buffer): boolean {
  const text = message.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const signed = /\bbh=([^;]+)/.exec(text.slice(0, end))?.[1]?.replaceAll(/\s/g, '');
  return (
    signed ===
    createHash('sha256')
      .update(relaxed(text.slice(end + 4)), 'latin1')
      .digest('base64')
  );
}

/** RFC 6376, section 3.4.4. */
function relaxed(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replaceAll(/[ \t]+/g, ' ').trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
}
