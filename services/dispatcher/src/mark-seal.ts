import { createSeal } from '@posthorn/store';
import type { MarkSeal } from './redis-marks.ts';

/**
 * Seals marks with `SEAL_KEY` as mailbags are sealed, so that a dump of Redis shows no recipient (row B17). Of several
 * keys with commas between, the first seals and all open.
 */
export function createMarkSeal(sealKey: string): MarkSeal {
  const seals = sealKey.split(',').map((key) => createSeal(key.trim()));
  return {
    seal: (text, key) => seals[0]?.seal(text, key) ?? text,
    open(sealed, key) {
      for (const seal of seals) {
        try {
          return seal.open(sealed, key);
        } catch {
          // Sealed with another of the keys, or with one that is gone: then nothing opens it.
        }
      }
      return null;
    },
  };
}
