export { type AddressList, type ListedAddress, readAddressList } from './address/address-list.ts';
export { toAsciiDomain } from './address/domain.ts';
export { formatMailbox, formatMailboxes } from './address/format-mailbox.ts';
export { addressKeyOf, isRoleAddress, type Mailbox, needsSmtpUtf8 } from './address/mailbox.ts';
export {
  type MailboxProblem,
  maxMailboxLength,
  type ParsedMailbox,
  parseMailbox,
} from './address/parse-mailbox.ts';
export {
  defaultRetrySchedule,
  type NamedWaitBounds,
  type NextRetry,
  nextRetry,
  type RetryInput,
  type RetrySchedule,
} from './backoff.ts';
export { type CanonicalMessage, canonicalizeMessage } from './dkim/canonical.ts';
export { type GeneratedDkimKey, generateDkimKeys, splitTxtValue } from './dkim/generate-keys.ts';
export { renditionOf } from './dkim/rendition.ts';
export {
  createDkimSigner,
  type DkimAlgorithm,
  type DkimKey,
  type DkimSigner,
  signMessage,
} from './dkim/sign.ts';
export { formatDate } from './header/date.ts';
export {
  findHeaderProblem,
  formatField,
  type HeaderField,
  type HeaderProblem,
  isReservedName,
  maxHeaderValueLength,
} from './header/header-field.ts';
export { cleanHeaderText, encodeHeaderText } from './header/header-text.ts';
export { encodeParameter, withParameters } from './header/parameter.ts';
export {
  type Attachment,
  attachmentEntity,
  type InlineImage,
  inlineImageEntity,
  isContentId,
} from './mime/attachment.ts';
export {
  type ComposedMessage,
  composeMessage,
  type HeaderMailbox,
  type MessageInput,
  messageIdOf,
} from './mime/compose-message.ts';
export type { Entity } from './mime/entity.ts';
export { sanitizeFileName } from './mime/file-name.ts';
export { normalizeText } from './mime/text-encoding.ts';
export { type BounceCategory, bounceCategories, isHardCategory } from './smtp/bounce-category.ts';
export {
  categorizeReply,
  classifyReply,
  createReplyClassifier,
  type ReplyClassifier,
  type ReplyOutcome,
} from './smtp/classify-reply.ts';
export { defaultReplyRules } from './smtp/default-reply-rules.ts';
export { namedWaitMs } from './smtp/named-wait.ts';
export {
  isAddressFaultClass,
  isReplyClass,
  type ReplyAction,
  type ReplyClass,
  replyClasses,
  replyClassNames,
} from './smtp/reply-class.ts';
export type { ReplyRule } from './smtp/reply-rule.ts';
export { maxReplyTextLength, parseReply, type SmtpReply } from './smtp/smtp-reply.ts';
export { isMessageId } from './submitted/empty-field.ts';
export { isAddressField } from './submitted/field-kind.ts';
export {
  readSubmittedHeader,
  type SubmittedHeader,
  type TrackWish,
} from './submitted/submitted-header.ts';
export {
  type CopyOptions,
  readSubmitted,
  type SubmittedCopy,
  type SubmittedMessage,
} from './submitted/submitted-message.ts';
export { hasUnsendableLine } from './submitted/unsendable.ts';
export {
  type ApiKey,
  generateApiKey,
  type ParsedApiKey,
  parseApiKey,
} from './tokens/api-key.ts';
export { readClickToken } from './tokens/click-token.ts';
export { openCursor, sealCursor } from './tokens/cursor-seal.ts';
export { eventIdOf } from './tokens/event-id.ts';
export { keyringFromSecret, secretsOf } from './tokens/instance-keys.ts';
export { createKeyring, type Keyring, minSecretBytes } from './tokens/keyring.ts';
export {
  issueReturnPath,
  type ReadReturnPath,
  type ReturnPathOf,
  readReturnPath,
} from './tokens/return-path.ts';
export { digestsFromSecret, type SecretDigests } from './tokens/secret-digests.ts';
export { accountOfSmtpTokenId, generateSmtpPassword, generateSmtpTokenId } from './tokens/smtp-token.ts';
export {
  createStatusIdIssuer,
  type InspectedStatusId,
  inspectStatusId,
  type StatusIdIssuer,
} from './tokens/status-id.ts';
export { maxTargetLength, trackableTarget } from './tokens/trackable-target.ts';
export {
  createTrackingTokens,
  issueClickToken,
  issueOpenToken,
  readTrackingToken,
  type TrackedSend,
  type TrackingToken,
  type TrackingTokens,
} from './tokens/tracking-token.ts';
