import { Refusal } from '../hubl/refusal.ts';

/** What a template may read from outside itself. */
export const rootNames: ReadonlySet<string> = new Set(['contact', 'custom', 'account']);

/** HubL's `loop.*` and Liquid's `forloop.*`, each with its Liquid name. */
export const loopNames: Readonly<Record<string, string>> = {
  index: 'index',
  index0: 'index0',
  first: 'first',
  last: 'last',
  length: 'length',
  revindex: 'rindex',
  revindex0: 'rindex0',
  rindex: 'rindex',
  rindex0: 'rindex0',
};

const reserved = new Set([
  ...rootNames,
  'loop',
  'forloop',
  'empty',
  'blank',
  'true',
  'false',
  'nil',
  'null',
  'none',
]);

const advice: Readonly<Record<string, string>> = {
  company: 'give what you need in customProperties and write {{ custom.… }}',
  content: 'it belongs to web pages; write the text into the template',
  unsubscribe_link: 'transactional mail has no unsubscribe link',
  unsubscribe_link_all: 'transactional mail has no unsubscribe link',
  view_as_page_url: 'there is no web version of a transactional mail',
  request: 'it belongs to web pages',
};

/** The names a template has given itself by `set` and `for`, each with the Liquid path it stands for. */
export class Names {
  readonly #known = new Map<string, string>();
  readonly #outer: Names | undefined;

  constructor(outer?: Names) {
    this.#outer = outer;
  }

  get outer(): Names | undefined {
    return this.#outer;
  }

  /** Makes `name` known; a name that Posthorn needs itself is refused. */
  declare(name: string, at: number, path = name): void {
    if (reserved.has(name)) throw new Refusal(at, `“${name}” cannot be given a value: choose another name.`);
    this.#known.set(name, path);
  }

  pathOf(name: string, at: number): string {
    const path = this.#find(name);
    if (path !== undefined) return path;
    const instead = Object.hasOwn(advice, name) ? advice[name] : undefined;
    throw new Refusal(
      at,
      `“${name}” is not known here: ${instead ?? 'use contact.…, custom.… or account.…'}.`,
    );
  }

  #find(name: string): string | undefined {
    const own = this.#known.get(name);
    if (own !== undefined || !this.#outer) return own;
    return this.#outer.#find(name);
  }
}
