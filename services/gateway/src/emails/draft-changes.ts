import type { EmailUpdateRequest, JsonValue } from '@posthorn/contracts';
import type { EmailDraft } from '@posthorn/store';
import { invalidInput } from '../http/refusal.ts';

/** The fields that are not in the draft: they have columns of their own, or are checked and not stored. */
type ColumnField = 'name' | 'subcategory' | 'state' | 'archived';

/** The authored fields of a request; each that is given replaces the stored one, and null takes it away. */
export function mergeDraft(stored: EmailDraft, request: Omit<EmailUpdateRequest, ColumnField>): EmailDraft {
  const merged: Record<string, JsonValue> = { ...stored };
  for (const [field, value] of Object.entries(request)) {
    if (value === null) delete merged[field];
    else if (value !== undefined) merged[field] = plainJson(field, value);
  }
  return merged;
}

/** HubSpot takes these ids as text or number, and shows one way each. */
function plainJson(field: string, value: object | string | number | boolean): JsonValue {
  if (field === 'businessUnitId' || field === 'feedbackSurveyId') return String(value);
  if (field === 'folderIdV2') return folderIdOf(String(value));
  return withoutUndefined(value);
}

function folderIdOf(text: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id)) return id;
  throw invalidInput([{ message: 'must be a number', code: 'INVALID_VALUE', in: 'folderIdV2' }]);
}

/** The schemas' optional fields type as possibly undefined; what came out of JSON never is. */
function withoutUndefined(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

/** Publish and unpublish change the state, and DELETE archives: a body may only repeat what is so already. */
export function requireUnchanged(
  request: Pick<EmailUpdateRequest, 'state' | 'archived'>,
  states: readonly string[],
): void {
  if (request.state && !states.includes(request.state))
    throw invalidInput([
      {
        message: `must be ${states.join(' or ')}; publish or unpublish the email instead`,
        code: 'INVALID_VALUE',
        in: 'state',
      },
    ]);
  if (request.archived)
    throw invalidInput([
      { message: 'must be false; delete the email instead', code: 'INVALID_VALUE', in: 'archived' },
    ]);
}
