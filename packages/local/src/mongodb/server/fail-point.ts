import { type ErrorName, errorCodes, Refusal } from '../errors.ts';
import { numericOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';

/** MongoDB's fail point `failCommand` (mongo, wiki "The failCommand Fail Point"), as far as error codes go. */
export type FailPoint = Readonly<{
  /** Takes `{ configureFailPoint: 'failCommand', mode, data: { failCommands, errorCode } }`. Throws a `Refusal` for anything else. */
  configure: (body: Doc) => void;
  /** Throws the configured error where the command is to fail. */
  refuse: (command: string) => void;
}>;

export function createFailPoint(): FailPoint {
  let failing: { commands: ReadonlySet<string>; error: ErrorName } | undefined;
  let timesLeft = 0;
  return {
    configure(body) {
      if (body['configureFailPoint'] !== 'failCommand')
        throw new Refusal('BadValue', 'this server has the fail point failCommand only');
      const { mode } = body;
      timesLeft = timesOf(mode);
      failing = timesLeft > 0 ? failingOf(body['data']) : undefined;
    },
    refuse(command) {
      if (!failing?.commands.has(command)) return;
      const { error } = failing;
      timesLeft -= 1;
      if (timesLeft <= 0) failing = undefined;
      throw new Refusal(error, `Failing command '${command}' via 'failCommand' failpoint`);
    },
  };
}

function timesOf(mode: unknown): number {
  if (mode === 'off') return 0;
  if (mode === 'alwaysOn') return Number.POSITIVE_INFINITY;
  if (isDoc(mode) && 'times' in mode) return Number(numericOf(mode['times']));
  throw new Refusal('BadValue', "mode must be 'off', 'alwaysOn' or { times: n }");
}

function failingOf(data: unknown): { commands: ReadonlySet<string>; error: ErrorName } {
  const { failCommands, errorCode, ...others } = isDoc(data) ? data : {};
  const [surplus] = Object.keys(others);
  if (surplus !== undefined)
    throw new Refusal('InvalidOptions', `'data.${surplus}' is not supported by this server`);
  const code = Number(numericOf(errorCode ?? 0));
  const error = Object.entries(errorCodes).find(([, known]) => known === code)?.[0];
  if (!Array.isArray(failCommands) || !isErrorName(error))
    throw new Refusal(
      'BadValue',
      'failCommands must be a list, and errorCode a code that this server answers',
    );
  return { commands: new Set(failCommands.map(String)), error };
}

function isErrorName(name: string | undefined): name is ErrorName {
  return name !== undefined && Object.hasOwn(errorCodes, name);
}
