/** Returns a phrase for every pair of a beginning and an ending: "mailbox" and "is full" make "mailbox is full". */
export function combine(beginnings: readonly string[], endings: readonly string[]): readonly string[] {
  return beginnings.flatMap((beginning) => endings.map((ending) => `${beginning} ${ending}`));
}

/** Returns what is said of a state in different words: "is disabled", "has been disabled", "is no longer active". */
export function inAllTenses(states: readonly string[]): readonly string[] {
  const verbs = [
    'is',
    'was',
    'are',
    'has',
    'has been',
    'is currently',
    'is now',
    'is temporarily',
    'temporarily',
  ];
  return [...states, ...combine(verbs, states)];
}
