import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';

/** Keeps the disk of `folder` busy with what must be on it, so that an fsync takes its time. */
export function pressDisk(folder: string): Disposable {
  const file = path.join(folder, 'pressure');
  const loop = `while :; do dd if=/dev/zero of=${file} bs=1M count=64 conv=fsync status=none; done`;
  const child = spawn('sh', ['-c', loop], { stdio: 'ignore', detached: true });
  return {
    [Symbol.dispose]: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      rmSync(file, { force: true });
    },
  };
}
