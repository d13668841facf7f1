import path from 'node:path';
import { type OwnProcess, startOwnProcess } from './own-process.ts';

const folder = path.resolve(import.meta.dirname, '../../../services/dispatcher');

/** Starts a dispatcher; with `isFaulty` the one that says `reached` and halts where `FAULT_AT` says, and whose lease is short. */
export function startOwnDispatcher(
  env: Readonly<Record<string, string>>,
  { isFaulty = false } = {},
): Promise<OwnProcess> {
  return isFaulty
    ? startOwnProcess(folder, 'src/testing/faulty-dispatcher.ts', { LOG_LEVEL: 'fatal', ...env })
    : startOwnProcess(folder, 'src/main.ts', { LOG_LEVEL: 'info', ...env });
}
