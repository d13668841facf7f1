import { z } from 'zod';

/** One line of an SMTP conversation: a command of ours or a reply of theirs, never content. */
export const ConversationLine = z.object({
  /** Milliseconds since the attempt began. */
  atMs: z.int().min(0),
  from: z.enum(['us', 'peer']),
  /** One command or one whole reply, control characters replaced; secrets are left out. */
  text: z.string().max(500),
});
export type ConversationLine = z.infer<typeof ConversationLine>;

/** Most lines kept of one attempt's conversation. */
export const conversationLinesMax = 60;

/**
 * A conversation as it travels and is stored: a line each, `<atMs>><text>` for ours and `<atMs><<text>` for theirs.
 *
 * One text, because every attempt's crosses a queue: as objects its lines cost several times as much to check and to read.
 */
export const Conversation = z.string().max(conversationLinesMax * 520);
export type Conversation = z.infer<typeof Conversation>;

/** One line of a `Conversation`; `text` has no line breaks. */
export function packConversationLine({ atMs, from, text }: ConversationLine): string {
  return `${atMs}${from === 'us' ? '>' : '<'}${text}`;
}

/** The lines of a `Conversation`; what is none is left out. */
export function conversationLines(conversation: Conversation): ConversationLine[] {
  return conversation.split('\n').flatMap((line) => {
    const [, atMs, from, text = ''] = /^(\d{1,15})([<>])(.*)$/.exec(line) ?? [];
    return atMs === undefined ? [] : [{ atMs: Number(atMs), from: from === '>' ? 'us' : 'peer', text }];
  });
}
