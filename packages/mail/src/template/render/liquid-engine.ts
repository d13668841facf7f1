import { Liquid, Tag, type TagToken, type Template, type TopLevelToken, Value } from 'liquidjs';
import { filters } from './filters.ts';
import { sinks } from './sinks.ts';

/** `{% assign name = value %}`, with its parts in reach (LiquidJS' own keeps them private). */
export class AssignTag extends Tag {
  readonly key: string;
  readonly value: Value;

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid) {
    super(token, remainTokens, liquid);
    this.key = this.tokenizer.readIdentifier().content;
    this.tokenizer.skipBlank();
    this.tokenizer.advance();
    this.value = new Value(this.tokenizer.readFilteredValue(), liquid);
  }

  /** Never called: `lowerTemplates` turns tags into functions. */
  override render(): void {}
}

/** Longest compiled template, in characters: twice what an author may write, since escaping adds to it. */
const parseLengthMax = 4_194_304;

const engine = createEngine();

/**
 * Parses Liquid that `compileEmail` made.
 *
 * The parser knows `if`, `for` and `assign` and our own filters, nothing else: no tag that reads a file, none that
 * includes, no filter that computes a file's hash or a date's padding.
 */
export function parseLiquid(source: string): Template[] {
  return engine.parse(source);
}

function createEngine(): Liquid {
  const liquid = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    groupedExpressions: true,
    parseLimit: parseLengthMax,
    templates: {},
  });
  for (const name of Object.keys(liquid.tags)) if (name !== 'if' && name !== 'for') delete liquid.tags[name];
  for (const name of Object.keys(liquid.filters)) liquid.unregisterFilter(name);
  liquid.registerTag('assign', AssignTag);
  for (const name of [...Object.keys(filters), ...Object.keys(sinks)])
    liquid.registerFilter(name, () => undefined);
  return liquid;
}
