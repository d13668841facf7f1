/** Runs work of so much weight (bytes that it holds, say) once there is room for it; first come, first served. */
export type WeightGate = <Result>(weight: number, work: () => Promise<Result>) => Promise<Result>;

/** Lets work of at most `weightMax` through at once; what is heavier runs alone. */
export function createWeightGate(weightMax: number): WeightGate {
  const queue: { weight: number; begin: () => void }[] = [];
  let held = 0;

  function serve(): void {
    for (let next = queue[0]; next && (held === 0 || held + next.weight <= weightMax); next = queue[0]) {
      queue.shift();
      held += next.weight;
      next.begin();
    }
  }

  return async (weight, work) => {
    const turn = Promise.withResolvers<void>();
    queue.push({ weight, begin: turn.resolve });
    serve();
    await turn.promise;
    try {
      return await work();
    } finally {
      held -= weight;
      serve();
    }
  };
}
