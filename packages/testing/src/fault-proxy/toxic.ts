/**
 * What is wrong with a connection, in the words of Shopify's toxiproxy (README, "Toxics"), so that a run can be repeated with
 * that one. Times are in milliseconds.
 */
export type Toxic =
  /** Delays everything, by `latencyMs` and a random part of `jitterMs` either way. */
  | Readonly<{ type: 'latency'; latencyMs: number; jitterMs?: number }>
  /** Lets so many bytes pass in a second. */
  | Readonly<{ type: 'bandwidth'; bytesPerSecond: number }>
  /** Cuts what comes into pieces of about `sizeBytes`, each written alone, `delayMs` apart. */
  | Readonly<{ type: 'slicer'; sizeBytes: number; delayMs: number }>
  /** Closes the connection after so many bytes in this direction. */
  | Readonly<{ type: 'limit_data'; bytes: number }>
  /** Swallows all that comes; closes the connection after `timeoutMs`, or never where that is 0. */
  | Readonly<{ type: 'timeout'; timeoutMs: number }>
  /** Ends the connection with a TCP RST, `timeoutMs` after the first byte. */
  | Readonly<{ type: 'reset_peer'; timeoutMs: number }>
  /** Passes the end of the connection on only after `delayMs`. */
  | Readonly<{ type: 'slow_close'; delayMs: number }>;

/** `upstream`: from the client to the server. */
export type Stream = 'upstream' | 'downstream';

/** The first toxic of a type among those that hold, if any. */
export function toxicOf<Type extends Toxic['type']>(
  toxics: Iterable<Toxic>,
  type: Type,
): Extract<Toxic, { type: Type }> | undefined {
  for (const toxic of toxics) if (isOfType(toxic, type)) return toxic;
  return undefined;
}

function isOfType<Type extends Toxic['type']>(
  toxic: Toxic,
  type: Type,
): toxic is Extract<Toxic, { type: Type }> {
  return toxic.type === type;
}
