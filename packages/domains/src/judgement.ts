/** What a look at one record came to. */
export type Judgement =
  | Readonly<{ kind: 'right' }>
  | Readonly<{ kind: 'absent'; message: string }>
  /** `found` is what is there instead. */
  | Readonly<{ kind: 'wrong'; found: readonly string[]; message: string }>
  /** The DNS could not be asked: nothing is known. */
  | Readonly<{ kind: 'unknown'; reason: string }>;

export const right: Judgement = { kind: 'right' };

const foundMax = 10;
const foundCharactersMax = 600;

/** Something else is there. What was found is cut to a size that can be shown. */
export function wrong(found: readonly string[], message: string): Judgement {
  return {
    kind: 'wrong',
    found: found.slice(0, foundMax).map((text) => text.slice(0, foundCharactersMax)),
    message,
  };
}
