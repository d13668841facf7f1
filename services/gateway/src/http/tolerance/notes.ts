/** Longest name in the header, and longest header, in characters. */
const nameLengthMax = 100;
const headerLengthMax = 1_000;

/** Largest body that is parsed a second time for its digits, in bytes: that takes about a microsecond a byte. */
const digitsBytesMax = 16 * 1024;

/** What a reader notes while it walks through a request. */
export type Notes = {
  /** The keys that lead to where the reader is. */
  readonly at: string[];
  /** The names of what nobody reads, in order; see `ignore`. */
  readonly ignored: Set<string>;
  /** The body that the values came from, if they did. */
  readonly json: Buffer | undefined;
  /** The body with its numbers as text, once it was needed. */
  digits: unknown;
};

/** Begins the notes on a request; `json` is its body. */
export function createNotes(json?: Buffer): Notes {
  return { at: [], ignored: new Set(), json, digits: undefined };
}

/** Notes that nobody reads the key `name` of the object at `notes.at`. */
export function ignore(notes: Notes, name: string): void {
  notes.ignored.add([...notes.at, name].join('.'));
}

/** Returns how the number at `notes.at` was written: `19.90` and not the 19.9 that it became; undefined where that is not known. */
export function digitsOf(notes: Notes, value: number): string | undefined {
  const { at, json } = notes;
  if (!json) return String(value);
  if (json.length > digitsBytesMax) return Number.isSafeInteger(value) ? String(value) : undefined;
  notes.digits ??= parseDigits(json);
  const found = at.reduce<unknown>((inner, key) => Object(inner)[key], notes.digits);
  return typeof found === 'string' ? found : undefined;
}

/** The JSON with each number as the text that it was written with. */
function parseDigits(json: Buffer): unknown {
  return JSON.parse(json.toString(), (_key, value, context?: { source?: string }) =>
    typeof value === 'number' ? context?.source : value,
  );
}

/**
 * Returns the value of `X-Posthorn-Ignored`: the names in order, percent-encoded, at most 1,000 characters; what does
 * not fit is counted (`+3`). Never holds a value.
 */
export function ignoredHeaderOf(names: ReadonlySet<string>): string {
  const shown: string[] = [];
  let length = 0;
  for (const name of names) {
    const safe = encodeURIComponent(name.toWellFormed().slice(0, nameLengthMax).toWellFormed());
    length += safe.length + 2;
    if (length > headerLengthMax - 10) return [...shown, `+${names.size - shown.length}`].join(', ');
    shown.push(safe);
  }
  return shown.join(', ');
}
