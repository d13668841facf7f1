const lookEveryMs = 500;

/**
 * Calls `onGone` once the process that started this one has ended.
 *
 * npm hands on SIGTERM and SIGINT, but it cannot hand on its own death: its child would live on without anybody who
 * can end it. Whoever starts a process and leaves it running on purpose must not use this.
 */
export function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, lookEveryMs);
  timer.unref();
}
