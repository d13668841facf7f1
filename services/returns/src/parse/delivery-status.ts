import { fieldOf, type HeaderFields, parseHeaderFields } from './header-fields.ts';
import type { Action, RecipientStatus } from './report.ts';

/** Most recipients that are read of one report. */
const recipientsMax = 100;
export const diagnosticMax = 1_000;

/**
 * The recipients of a delivery status (RFC 3464, section 2.1; RFC 6533 for addresses beyond ASCII): groups of fields
 * with empty lines between. A group that names no recipient and no action is the message's own, or none at all.
 */
export function recipientsOf(text: string): RecipientStatus[] {
  return text
    .split(/\n[ \t]*\n/)
    .map((group) => parseHeaderFields(group.replace(/^\n+/, '')))
    .filter((fields) => fields.has('action') || fields.has('final-recipient'))
    .slice(0, recipientsMax)
    .flatMap((fields) => statusOf(fields) ?? []);
}

function statusOf(fields: HeaderFields): RecipientStatus | undefined {
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fieldOf(fields, 'status'))?.[0];
  const action = actionOf(fieldOf(fields, 'action'), status);
  if (action === undefined) return undefined;
  const remoteMta = /^[\w.[\]:-]{1,255}/
    .exec(afterType(fieldOf(fields, 'remote-mta')))?.[0]
    .replace(/\.$/, '');
  return {
    action,
    ...(status !== undefined && { status }),
    diagnostic: afterType(fieldOf(fields, 'diagnostic-code')).slice(0, diagnosticMax),
    addresses: ['original-recipient', 'final-recipient']
      .map((name) => addressOf(fieldOf(fields, name)))
      .filter((address) => address !== ''),
    ...(remoteMta !== undefined && { remoteMta }),
  };
}

const actions: readonly Action[] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'];

/** What the action says, comments aside; where it says nothing we know, what the class of the status does. */
function actionOf(text: string, status: string | undefined): Action | undefined {
  const word = /^[a-z]+/.exec(text.trim().toLowerCase())?.[0] ?? '';
  const known = actions.find((action) => action === word);
  if (known || status === undefined) return known ?? (word.startsWith('fail') ? 'failed' : undefined);
  return ({ '2': 'delivered', '4': 'delayed', '5': 'failed' } as const)[status[0] ?? ''];
}

/** `rfc822; a@b` without its type (RFC 3464, section 2.1.2). */
function afterType(value: string): string {
  const match = /^[\w-]{1,40}\s*;\s*/.exec(value);
  return match ? value.slice(match[0].length) : value;
}

/** An address as it stands in a report, without brackets, in lower case; empty where there is none. */
export function addressOf(value: string): string {
  const address = afterType(value)
    .replace(/^[<"\s]+|[>".\s]+$/g, '')
    .toLowerCase();
  return address.includes('@') ? address.slice(0, 320) : '';
}
