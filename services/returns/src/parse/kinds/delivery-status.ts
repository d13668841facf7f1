import { fieldOf, type HeaderFields, parseHeaderFields } from '../mime/header-fields.ts';
import type { Action } from '../report.ts';
import { addressOf, withoutType } from './address.ts';

/** Most recipients that are read of one report. */
const recipientsMax = 100;

/** What the machine fields of a report say of one recipient. */
export type StatusFields = Readonly<{
  /** Undefined where the report gives neither an action that we know nor a status. */
  action: Action | undefined;
  status: string | undefined;
  /** The words of Diagnostic-Code. */
  diagnostic: string;
  addresses: readonly string[];
  remoteMta: string | undefined;
}>;

/**
 * Returns what a delivery status says of each recipient (RFC 3464, section 2.1; RFC 6533 for addresses beyond ASCII).
 * Its groups of fields have empty lines between them. A group that names neither a recipient nor an action is the
 * message's own.
 */
export function readDeliveryStatus(text: string): StatusFields[] {
  return text
    .split(/\n[ \t]*\n/)
    .flatMap(splitGroup)
    .map(parseHeaderFields)
    .filter((fields) => ['action', 'final-recipient', 'original-recipient'].some((name) => fields.has(name)))
    .slice(0, recipientsMax)
    .map(readGroup);
}

/** Some servers write no empty line between two recipients. A field that comes again begins another group. */
function splitGroup(group: string): string[] {
  const groups: string[][] = [[]];
  let seen = new Set<string>();
  for (const line of group.split('\n')) {
    const name = /^(final-recipient|action)[ \t]*:/i.exec(line)?.[1]?.toLowerCase();
    if (name !== undefined && seen.has(name)) {
      groups.push([]);
      seen = new Set();
    }
    if (name !== undefined) seen.add(name);
    groups.at(-1)?.push(line);
  }
  return groups.map((lines) => lines.join('\n'));
}

function readGroup(fields: HeaderFields): StatusFields {
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(fieldOf(fields, 'status'))?.[0];
  const action = actionOf(fieldOf(fields, 'action'), status);
  return {
    action,
    // Nothing else says that the time was over.
    status: status ?? (/^expired/i.test(fieldOf(fields, 'action')) ? '4.4.7' : undefined),
    diagnostic: withoutType(fieldOf(fields, 'diagnostic-code')),
    addresses: [
      ...new Set(
        ['original-recipient', 'final-recipient', 'x-actual-recipient']
          .map((name) => addressOf(fieldOf(fields, name)))
          .filter((address) => address !== ''),
      ),
    ],
    remoteMta: /^[\w.[\]:-]{1,255}/.exec(withoutType(fieldOf(fields, 'remote-mta')))?.[0].replace(/\.$/, ''),
  };
}

/** The actions of RFC 3464, section 2.3.3, and what servers write in their place. */
const actions: readonly (readonly [RegExp, Action])[] = [
  [/^(?:fail|error|expired|bounce|undeliver|reject|refused|permanent)/, 'failed'],
  [/^(?:delay|defer|warning|transient|retry)/, 'delayed'],
  [/^(?:delivered|success)/, 'delivered'],
  [/^relay/, 'relayed'],
  [/^expanded/, 'expanded'],
];

function actionOf(text: string, status: string | undefined): Action | undefined {
  const word = text.trim().toLowerCase();
  const known = actions.find(([pattern]) => pattern.test(word))?.[1];
  return known ?? ({ '2': 'delivered', '4': 'delayed', '5': 'failed' } as const)[status?.[0] ?? ''];
}
