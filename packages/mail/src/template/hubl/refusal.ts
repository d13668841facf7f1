/**
 * Thrown inside the compiler where it meets something it cannot translate, and caught where a tag ends, so that one
 * publish reports every problem of the template. It never leaves `compileEmail`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** Where in the source, in UTF-16 code units from 0. */
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** The line and column of `offset` in `source`, both from 1, for a person with an editor. */
export function positionOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
