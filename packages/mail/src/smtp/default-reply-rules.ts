import { rankEvidence } from './reply-precedence.ts';
import type { ReplyRule } from './reply-rule.ts';
import { codeRules, lastRules } from './rules/code-rules.ts';
import { receiverRules } from './rules/marks/receiver-rules.ts';
import { addressWords } from './rules/strong/address-words.ts';
import { germanicWords } from './rules/strong/germanic-words.ts';
import { ipWords } from './rules/strong/ip-words.ts';
import { messageWords } from './rules/strong/message-words.ts';
import { noticeMarks, noticeWords } from './rules/strong/notice-words.ts';
import { otherWords } from './rules/strong/other-words.ts';
import { receiverWords } from './rules/strong/receiver-words.ts';
import { recipientWords } from './rules/strong/recipient-words.ts';
import { romanceWords } from './rules/strong/romance-words.ts';
import { senderWords } from './rules/strong/sender-words.ts';
import { sentenceWords } from './rules/strong/sentence-words.ts';
import { weakWords } from './rules/weak-words.ts';

/** Lists our own rules in the order that `rankEvidence` gives them. An operator's rules go before them all. */
export const defaultReplyRules: readonly ReplyRule[] = rankEvidence({
  marks: [...receiverRules, ...noticeMarks],
  strong: [
    ...ipWords,
    ...senderWords,
    ...messageWords,
    ...recipientWords,
    ...receiverWords,
    ...addressWords,
    ...germanicWords,
    ...romanceWords,
    ...otherWords,
    ...noticeWords,
    ...sentenceWords,
  ],
  codes: codeRules,
  weak: weakWords.map((rule) => ({ ...rule, ignoresLinks: true })),
  rest: lastRules,
});
