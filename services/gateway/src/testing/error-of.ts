import { ErrorBody } from '@posthorn/contracts';

/** For tests: what an error answer says, without what differs from one answer to the next. */
export function errorOf(body: unknown) {
  const { category, message, errors = [] } = ErrorBody.parse(body);
  return {
    category,
    message,
    fields: errors.map((error) => error.in),
    codes: errors.map(({ code }) => code),
  };
}
