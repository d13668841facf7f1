/** What is wrong with the lines of a message, if anything. */
export type LineProblem = 'bare-line-end' | 'line-too-long';

export type LineScan = Readonly<{
  /** Looks at the next piece. */
  push: (piece: Uint8Array) => void;
  /** The first problem; to be asked at the end too, since a last CR may stand alone. */
  end: () => LineProblem | undefined;
}>;

const [cr, lf, nul] = [0x0d, 0x0a, 0x00];

/**
 * Looks for CR and LF that stand alone, NUL, and lines of more than `lineBytesMax` bytes, in pieces cut anywhere.
 *
 * Servers disagree on where a message ends that holds bare CR or LF: that is how a second one is smuggled (row S01).
 */
export function createLineScan({ lineBytesMax }: { lineBytesMax: number }): LineScan {
  let problem: LineProblem | undefined;
  let endsWithCr = false;
  let lineBytes = 0;

  function push(piece: Uint8Array): void {
    if (problem || piece.length === 0) return;
    if (hasBareEnd(piece, endsWithCr)) {
      problem = 'bare-line-end';
      return;
    }
    endsWithCr = piece.at(-1) === cr;
    const longest = measureLines(piece);
    if (longest > lineBytesMax) problem = 'line-too-long';
  }

  /** The longest line that ends in this piece or goes on behind it. */
  function measureLines(piece: Uint8Array): number {
    let longest = 0;
    let begin = 0;
    for (let at = piece.indexOf(lf); at >= 0; at = piece.indexOf(lf, begin)) {
      longest = Math.max(longest, lineBytes + at - begin);
      lineBytes = 0;
      begin = at + 1;
    }
    lineBytes += piece.length - begin;
    return Math.max(longest, lineBytes);
  }

  return { push, end: () => problem ?? (endsWithCr ? 'bare-line-end' : undefined) };
}

function hasBareEnd(piece: Uint8Array, followsCr: boolean): boolean {
  if (piece.includes(nul) || (followsCr && piece[0] !== lf)) return true;
  for (let at = piece.indexOf(lf); at >= 0; at = piece.indexOf(lf, at + 1)) {
    if (at === 0 ? !followsCr : piece[at - 1] !== cr) return true;
  }
  for (let at = piece.indexOf(cr); at >= 0; at = piece.indexOf(cr, at + 1)) {
    if (at + 1 < piece.length && piece[at + 1] !== lf) return true;
  }
  return false;
}
