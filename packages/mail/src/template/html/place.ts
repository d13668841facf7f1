import type { Attribute, Region } from './scan-html.ts';

/** Where a position of an HTML template lies. Two positions with the same `id` lie in the same stretch. */
export type Place = Readonly<
  { id: string } & (
    | { kind: 'text' | 'tag' | 'comment' | 'declaration' | 'closing' }
    | { kind: 'raw'; element: string; start: number; end: number }
    | { kind: 'attribute'; element: string; attribute: Attribute }
  )
>;

/** Makes a function that finds the place of a position in O(log n). `regions` are in order and do not overlap. */
export function createPlaceFinder(regions: readonly Region[]): (position: number) => Place {
  return (position) => {
    const index = lastStartingBefore(regions, position);
    const region = regions[index];
    if (!region || position >= region.end) return { kind: 'text', id: 'text' };
    if (region.kind === 'raw') {
      const { element, start, end } = region;
      return { kind: 'raw', id: `raw${index}`, element, start, end };
    }
    return region.kind === 'tag'
      ? placeInTag(region, index, position)
      : { kind: region.kind, id: `${region.kind}${index}` };
  };
}

function placeInTag(tag: Extract<Region, { kind: 'tag' }>, index: number, position: number): Place {
  const at = tag.attributes.findIndex(({ quote, valueStart, valueEnd }) => {
    return quote !== 'none' && position >= valueStart && position < Math.max(valueEnd, valueStart + 1);
  });
  const attribute = tag.attributes[at];
  if (!attribute || position >= attribute.valueEnd) return { kind: 'tag', id: `tag${index}` };
  return { kind: 'attribute', id: `tag${index}.${at}`, element: tag.element, attribute };
}

function lastStartingBefore(regions: readonly Region[], position: number): number {
  let low = 0;
  let high = regions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((regions[middle]?.start ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
