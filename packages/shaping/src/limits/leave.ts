/** Leave to send one message, or how long not to. */
export type Leave =
  | Readonly<{
      kind: 'go';
      /** Connections that the whole fleet may hold from the address to the site. */
      connectionsMax: number;
      /** Messages after which a connection is to be closed. */
      messagesPerConnection: number;
    }>
  /** `delayMs`: when to ask again; at most five minutes, so that what an operator changes is seen. */
  | (Readonly<{ kind: 'wait'; delayMs: number }> & WaitReason);

/** Why something waits. */
export type WaitReason = Readonly<{
  /** Id of the rule that made it so: `defaults.message-rate`, `google.com.unusual-rate`. */
  rule: string;
  /** For people; names no address. */
  text: string;
  /** Unix time in milliseconds until which it is expected to wait; the item may well ask again before. */
  untilMs: number;
}>;
