import type { cssSinks } from '../render/css-sinks.ts';
import { chooseUrlSink, outputSign, type UrlSink } from './choose-url-sink.ts';

export type CssSink = keyof typeof cssSinks;

/** Reads CSS as it comes, and tells how a value that comes next is escaped. */
export type CssReader = Readonly<{
  readText: (css: string) => void;
  readOutput: () => void;
  readTag: () => void;
  /** `after` is what follows the value, or the start of it. */
  chooseSinks: (after: string) => readonly (CssSink | UrlSink)[];
}>;

/**
 * Makes a reader that knows what every `;`, quote and bracket means so far (CSS Syntax 3, section 4). A `style` attribute
 * holds declarations from the start; the content of `<style>` does so in braces.
 */
export function createCssReader(where: 'attribute' | 'element'): CssReader {
  let mode: 'plain' | 'comment' | 'string' | 'url' = 'plain';
  let depth = where === 'attribute' ? 1 : 0;
  let [quote, previous, word, url] = ['', '', '', ''];
  let parentheses = 0;
  let [hasName, hasColon, hasBranch] = [false, false, false];

  function startDeclaration(nesting: number): void {
    depth = Math.max(0, depth + nesting);
    hasName = false;
    hasColon = false;
  }

  function open(): void {
    if (word.toLowerCase() !== 'url') {
      parentheses += 1;
      return;
    }
    mode = 'url';
    [url, quote, hasBranch] = ['', '', false];
  }

  function readPlain(char: string): void {
    if (char === '*' && previous === '/') mode = 'comment';
    else if (char === '"' || char === "'") [mode, quote] = ['string', char];
    else if (char === '(') open();
    else if (char === ')') parentheses = Math.max(0, parentheses - 1);
    else if (char === '{') startDeclaration(1);
    else if (char === '}') startDeclaration(-1);
    else if (char === ';' && parentheses === 0) startDeclaration(0);
    else if (char === ':' && depth > 0 && parentheses === 0) hasColon = true;
    else hasName ||= char.trim() !== '';
    word = /[\w-]/.test(char) ? word + char : '';
  }

  function readUrl(char: string): void {
    if (url === '' && quote === '' && /[\s"']/.test(char)) quote = char.trim();
    else if (char !== (quote || ')')) url += char;
    else {
      mode = 'plain';
      parentheses += quote === '' ? 0 : 1;
    }
  }

  function read(char: string): void {
    if (mode === 'plain') readPlain(char);
    else if (mode === 'url') readUrl(char);
    else if (mode === 'comment' ? char === '/' && previous === '*' : char === quote && previous !== '\\')
      mode = 'plain';
    previous = char === '\\' && previous === '\\' ? '' : char;
  }

  return {
    readText(css) {
      for (const char of css) read(char);
    },
    readOutput: () => read(outputSign),
    readTag() {
      hasBranch = true;
    },
    chooseSinks(after) {
      if (mode === 'comment') return ['css'];
      if (mode === 'string') return ['css_string'];
      if (mode === 'url') {
        const rest = /^[^'")]*/.exec(after)?.[0] ?? '';
        const sink = chooseUrlSink({ before: url, after: rest, hasBranch });
        return [sink, sink === 'url' ? 'css_url' : 'css_url_part'];
      }
      if (hasColon) return ['css_value'];
      const isWhole = depth > 0 && !hasName && /^\s*(?:[;}]|$)/.test(after);
      return [isWhole ? 'css_declarations' : 'css'];
    },
  };
}
