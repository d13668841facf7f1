import { piecesIn } from '../liquid/pieces-in.ts';
import type { Piece } from '../liquid/translate.ts';
import { decodeAttribute } from './attribute-value.ts';
import type { Attribute, Region } from './scan-html.ts';

type Tag = Extract<Region, { kind: 'tag' }>;

/** Finds the tags of elements that no reader sees: by the attribute `hidden`, by their style, or by a class of a `<style>`. */
export function findHidden(pieces: readonly Piece[], regions: readonly Region[]): Tag[] {
  const classes = hiddenClasses(pieces, regions);
  return regions.filter((region): region is Tag => {
    if (region.kind !== 'tag' || region.isInComment) return false;
    return region.attributes.some((attribute) => hides(attribute, writtenIn(pieces, attribute), classes));
  });
}

function hides({ name }: Attribute, value: string | undefined, classes: ReadonlySet<string>): boolean {
  if (name === 'hidden') return true;
  if (value === undefined) return false;
  if (name === 'style') return isHiding(decodeAttribute(value));
  return name === 'class' && classes.size > 0 && value.split(/\s+/).some((word) => classes.has(word));
}

/** Returns a value that is written out; one that depends on values or branches decides nothing. */
function writtenIn(pieces: readonly Piece[], { valueStart, valueEnd }: Attribute): string | undefined {
  const inside = piecesIn(pieces, valueStart, valueEnd);
  const texts = inside.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []));
  return texts.length === inside.length ? texts.join('') : undefined;
}

/** Classes that a style hides everywhere: what is hidden on some screens only does not count. */
function hiddenClasses(pieces: readonly Piece[], regions: readonly Region[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const region of regions) {
    if (region.kind !== 'raw' || region.element !== 'style' || region.isInComment) continue;
    const css = piecesIn(pieces, region.start, region.end)
      .map((piece) => (piece.kind === 'text' ? piece.text : ''))
      .join('');
    for (const { selectors, style } of topRules(css)) {
      if (!isHiding(style)) continue;
      for (const selector of selectors.split(',')) {
        const name = /^\s*[a-z0-9]*\.([\w-]+)\s*$/i.exec(selector)?.[1];
        if (name !== undefined) found.add(name);
      }
    }
  }
  return found;
}

/** The rules of a style that stand in no `@media` or other at-rule. Linear. */
function topRules(css: string): { selectors: string; style: string }[] {
  const text = css.replace(/\/\*.*?(?:\*\/|$)/gs, '');
  const rules: { selectors: string; style: string }[] = [];
  let [depth, start, selectors] = [0, 0, ''];
  for (const { 0: sign, index } of text.matchAll(/[{};]/g)) {
    if (depth === 0) selectors = text.slice(start, index).trim();
    if (sign === '}' && depth === 1 && !selectors.startsWith('@'))
      rules.push({ selectors, style: text.slice(start, index) });
    if (depth === 0 || (sign === '}' && depth === 1)) start = index + 1;
    if (sign !== ';') depth = Math.max(0, depth + (sign === '{' ? 1 : -1));
  }
  return rules;
}

const zero = /^0(?:\.0+)?(?:px|em|rem|pt|%)?$/;
const tiny = /^(?:0|[01](?:\.\d+)?px)$/;

/** Tells whether a style hides its element from those who read the mail, as that of a preheader does. */
function isHiding(style: string): boolean {
  const values = new Map<string, string>();
  for (const declaration of style.toLowerCase().split(';')) {
    const colon = declaration.indexOf(':');
    const value = declaration
      .slice(colon + 1)
      .replace('!important', '')
      .trim();
    if (colon > 0) values.set(declaration.slice(0, colon).trim(), value);
  }
  const is = (name: string, pattern: RegExp) => pattern.test(values.get(name) ?? '');
  const isCut = is('overflow', /^hidden$/) && (is('max-height', zero) || is('height', zero));
  const isGone = is('display', /^none$/) || is('visibility', /^hidden$/) || is('opacity', /^0(?:\.0+)?$/);
  return isGone || isCut || (is('mso-hide', /^all$/) && is('font-size', tiny));
}
