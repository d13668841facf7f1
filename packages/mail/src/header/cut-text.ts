const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Longest thing that people see as one character: an emoji of several, a letter with many marks. */
const graphemeLengthMax = 64;

/** The text's first `lengthMax` characters (UTF-16 units), or a little less: what people see as one character stays whole. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const from = Math.max(0, lengthMax - graphemeLengthMax);
  const last = graphemes
    .segment(text.slice(from, lengthMax + graphemeLengthMax))
    .containing(lengthMax - from);
  return text.slice(0, last ? from + last.index : lengthMax).toWellFormed();
}
