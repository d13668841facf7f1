const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Longest stretch looked at behind the cut, in code units: what a reader takes for one character is shorter. */
const clusterLengthMax = 64;

/**
 * Cuts a text to at most `lengthMax` UTF-16 code units, between two characters as a reader sees them (Unicode Annex 29):
 * not inside an emoji, nor between a letter and its accent.
 */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const near = text.slice(0, lengthMax + clusterLengthMax);
  const cut = graphemes.segment(near).containing(lengthMax)?.index ?? lengthMax;
  // A single character may be longer than all that fits.
  return cut > 0 ? text.slice(0, cut) : text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '');
}
