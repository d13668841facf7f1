/** Returns whether a process with this id runs and may be signalled by this user. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
