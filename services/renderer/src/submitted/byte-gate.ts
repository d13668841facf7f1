/** Runs work that holds so many bytes once there is room for it; first come, first served. */
export type ByteGate = <Result>(bytes: number, work: () => Promise<Result>) => Promise<Result>;

/** Lets work of at most `bytesMax` through at once; what is larger runs alone. */
export function createByteGate(bytesMax: number): ByteGate {
  const queue: { bytes: number; begin: () => void }[] = [];
  let held = 0;

  function serve(): void {
    for (let next = queue[0]; next && (held === 0 || held + next.bytes <= bytesMax); next = queue[0]) {
      queue.shift();
      held += next.bytes;
      next.begin();
    }
  }

  return async (bytes, work) => {
    const turn = Promise.withResolvers<void>();
    queue.push({ bytes, begin: turn.resolve });
    serve();
    await turn.promise;
    try {
      return await work();
    } finally {
      held -= bytes;
      serve();
    }
  };
}
