import { createCounter } from '@posthorn/runtime';

const count = createCounter('posthorn.renderer.sends', 'Sends by what became of them in the renderer');

/** Counts one send; `outcome` is `rendered`, `wait`, `repeat`, `bug`, or the reason it was dropped for. */
export function countOutcome(outcome: string): void {
  count(1, { outcome });
}
