/** Whether an SMTPConnection failed because of what the peer said. */
export function hasReply(failure: unknown): failure is Error & { response: string } {
  return failure instanceof Error && 'response' in failure && typeof failure.response === 'string';
}

/** The system's code of an error that SMTPConnection gave one of its own; empty where there is none. */
export function originalCodeOf(error: unknown): string {
  const code = error instanceof Error && 'originalCode' in error ? error.originalCode : undefined;
  return typeof code === 'string' ? code : '';
}

/** An error's code, `unknown` where it has none. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}
