/** MongoDB's error codes that this server answers (mongo/src/mongo/base/error_codes.yml, release 7.0). */
export const errorCodes = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  IllegalOperation: 20,
  InvalidBSON: 22,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  MaxTimeMSExpired: 50,
  InvalidIdField: 53,
  ShutdownInProgress: 91,
  CommandNotSupported: 115,
  QueryPlanKilled: 175,
  BSONObjectTooLarge: 10334,
  NotWritablePrimary: 10107,
  DuplicateKey: 11000,
  InterruptedDueToReplStateChange: 11602,
  OutOfDiskSpace: 14031,
  UnknownStage: 40324,
  MissingField: 40414,
  UnknownField: 40415,
  OnlyOnReplicaSets: 40573,
} as const;

export type ErrorName = keyof typeof errorCodes;

/** Codes that MongoDB shows as `Location<code>` because they have no name of their own. */
const unnamed: ReadonlySet<ErrorName> = new Set([
  'UnknownStage',
  'MissingField',
  'UnknownField',
  'OnlyOnReplicaSets',
]);

/**
 * A refusal the client sees: `{ ok: 0, code, codeName, errmsg }`, or an entry of `writeErrors`.
 *
 * Anything thrown that is not a refusal is a bug of this server and is answered as InternalError.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  readonly codeName: string;
  /** Fields that MongoDB adds to some errors, such as `keyPattern` and `keyValue`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(error: ErrorName, message: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.code = errorCodes[error];
    this.codeName = unnamed.has(error) ? `Location${this.code}` : error;
    this.extra = extra;
  }
}
