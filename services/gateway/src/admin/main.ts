import { isFault } from '@posthorn/runtime';
import { runAdmin } from './run-admin.ts';

try {
  const { text } = await runAdmin(process.argv.slice(2), process.env);
  process.stdout.write(`${text}\n`);
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
