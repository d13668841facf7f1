import type { ReplyRule } from './reply-rule.ts';
import { codeRules, lastRules } from './rules/code-rules.ts';
import { phraseRules } from './rules/phrase-rules.ts';
import { receiverRules } from './rules/receiver-rules.ts';
import { strongPhraseRules } from './rules/strong-phrase-rules.ts';

/**
 * Our own rules, in the order they are tried: what one receiver means; words that tell more than any code; the enhanced code;
 * words in general; the plain code or the field of the enhanced one. An operator's rules go before them all.
 */
export const defaultReplyRules: readonly ReplyRule[] = [
  ...receiverRules,
  ...strongPhraseRules,
  ...codeRules,
  ...phraseRules,
  ...lastRules,
];
