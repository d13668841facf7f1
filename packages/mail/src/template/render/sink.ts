import { Missing } from './missing.ts';
import { toText } from './value.ts';

/** Where missing properties are noted while a mail is rendered. */
export type MissingLog = { missing: Set<string> };

/** Turns a value into text that is safe where it lands. Notes what is missing, and shows it as nothing. */
export type Sink = (value: unknown, log: MissingLog) => string;

/** Builds a sink from a function on text; a missing value is noted and becomes empty text without calling it. */
export function textSink(write: (text: string) => string): Sink {
  return (value, { missing }) => {
    if (!(value instanceof Missing)) return write(toText(value));
    missing.add(value.path);
    return '';
  };
}
