import {
  EmailCreateRequest,
  EmailListQuery,
  EmailPage,
  EmailReadQuery,
  EmailUpdateRequest,
  PublicEmail,
  type Scope,
} from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';
import type { AuthorEmails } from '../emails/author-emails.ts';
import type { ListEmails } from '../emails/list-emails.ts';
import { publicEmailOf } from '../emails/public-email.ts';
import type { PublishEmail } from '../emails/publish-email.ts';
import { type Endpoint, type EndpointShape, type RawCall, takesBody, takesQuery } from '../http/endpoint.ts';

export type EmailRoutesDeps = Readonly<{
  authorEmails: AuthorEmails;
  publishEmail: PublishEmail;
  listEmails: ListEmails;
  /** A body may hold an email of 1 MB of HTML and its text. */
  emailBytesMax: number;
}>;

/** An email's id, as it stands in a path. */
const EmailIdText = z
  .string()
  .regex(/^\d{1,16}$/)
  .meta({ description: 'The number of an email.', example: '4126643121' });
const readers: readonly Scope[] = ['marketing.email.read', 'marketing.email.write', 'content'];
const writers: readonly Scope[] = ['marketing.email.write', 'content'];
const publishers: readonly Scope[] = ['marketing-email', 'transactional-email'];

const answersEmail = { 200: { description: 'The email.', schema: PublicEmail } };
const answersNothing = { 204: { description: 'Done.' } };

/** The slice of HubSpot's Marketing Emails API that an author needs (facts: HubSpot, section 5.2). */
export function emailEndpoints(deps: EmailRoutesDeps): Endpoint[] {
  return [
    createEmail(deps),
    listEmails(deps),
    getEmail(deps, { id: 'getEmail', paths: pathsOf('/:emailId'), summary: 'Read an email' }),
    updateEmail(deps, { id: 'updateEmail', paths: pathsOf('/:emailId'), summary: 'Change an email' }),
    getEmail(deps, {
      id: 'getEmailDraft',
      paths: pathsOf('/:emailId/draft'),
      summary: "Read an email's draft",
    }),
    updateEmail(deps, {
      id: 'updateEmailDraft',
      paths: pathsOf('/:emailId/draft'),
      summary: "Change an email's draft",
    }),
    publish(deps),
    unpublish(deps),
    deleteEmail(deps),
  ];
}

function createEmail({ authorEmails, emailBytesMax }: EmailRoutesDeps): Endpoint {
  return {
    ...emailShape(
      { id: 'createEmail', method: 'post', paths: pathsOf(''), summary: 'Create an email' },
      writers,
    ),
    description: 'Only `name` is required. It is a single-send email unless `subcategory` says otherwise.',
    bodyBytesMax: emailBytesMax,
    answers: { 201: { description: 'The new email, a draft.', schema: PublicEmail } },
    ...takesBody(EmailCreateRequest, async ({ principal, body }) => {
      const email = await authorEmails.create(principal, body);
      return { status: 201, body: publicEmailOf(email) };
    }),
  };
}

function listEmails({ listEmails: list }: EmailRoutesDeps): Endpoint {
  return {
    ...emailShape({ id: 'listEmails', method: 'get', paths: pathsOf(''), summary: 'List emails' }, readers),
    answers: { 200: { description: 'A page of emails, oldest first unless sorted.', schema: EmailPage } },
    ...takesQuery(EmailListQuery, async ({ principal }, query) => {
      const { emails, total, nextCursor } = await list(principal.accountId, query);
      const paging = nextCursor ? { paging: { next: { after: nextCursor } } } : {};
      return {
        status: 200,
        body: { total, results: emails.map(publicEmailOf), ...paging } satisfies EmailPage,
      };
    }),
  };
}

function getEmail(
  { authorEmails }: EmailRoutesDeps,
  shape: Pick<EndpointShape, 'id' | 'paths' | 'summary'>,
): Endpoint {
  return {
    ...emailShape({ ...shape, method: 'get' }, readers),
    description: 'The draft: what the next publish will send.',
    answers: answersEmail,
    ...takesQuery(EmailReadQuery, async (call) => {
      const email = await authorEmails.find(call.principal.accountId, emailIdOf(call));
      return { status: 200, body: publicEmailOf(email) };
    }),
  };
}

function updateEmail(
  { authorEmails, emailBytesMax }: EmailRoutesDeps,
  shape: Pick<EndpointShape, 'id' | 'paths' | 'summary'>,
): Endpoint {
  return {
    ...emailShape({ ...shape, method: 'patch' }, writers),
    description:
      'Each field that is given replaces the stored one; null removes it. What is published goes on as it is until the next publish.',
    bodyBytesMax: emailBytesMax,
    answers: answersEmail,
    ...takesBody(EmailUpdateRequest, async (call) => {
      const email = await authorEmails.update(call.principal, emailIdOf(call), call.body);
      return { status: 200, body: publicEmailOf(email) };
    }),
  };
}

function publish({ publishEmail }: EmailRoutesDeps): Endpoint {
  return {
    ...emailShape(
      {
        id: 'publishEmail',
        method: 'post',
        paths: pathsOf('/:emailId/publish'),
        summary: 'Publish an email',
      },
      publishers,
    ),
    description:
      'Compiles the draft and makes it what sends use. What cannot be compiled is refused with field, line and column.',
    isRateLimited: false,
    answers: answersNothing,
    run: async (call) => {
      await publishEmail(call.principal, emailIdOf(call));
      return { status: 204 };
    },
  };
}

function unpublish({ authorEmails }: EmailRoutesDeps): Endpoint {
  return {
    ...emailShape(
      {
        id: 'unpublishEmail',
        method: 'post',
        paths: pathsOf('/:emailId/unpublish'),
        summary: 'Unpublish an email',
      },
      publishers,
    ),
    description: 'Later sends of it are dropped with MISSING_CONTENT; those accepted before still leave.',
    isRateLimited: false,
    answers: answersNothing,
    run: async (call) => {
      await authorEmails.unpublish(call.principal.accountId, emailIdOf(call));
      return { status: 204 };
    },
  };
}

function deleteEmail({ authorEmails }: EmailRoutesDeps): Endpoint {
  return {
    ...emailShape(
      { id: 'deleteEmail', method: 'delete', paths: pathsOf('/:emailId'), summary: 'Delete an email' },
      writers,
    ),
    answers: answersNothing,
    run: async (call) => {
      await authorEmails.remove(call.principal.accountId, emailIdOf(call));
      return { status: 204 };
    },
  };
}

function emailShape<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(
  shape: Shape,
  scopes: readonly Scope[],
) {
  const params = { emailId: EmailIdText };
  const isOfOne = shape.paths[0].includes(':emailId');
  return {
    ...shape,
    ...(isOfOne && { params }),
    scopes,
    style: 'hubspot',
    tag: 'Emails',
    isRateLimited: true,
  } as const;
}

/** The paths of version 3 and their dated twins. */
function pathsOf(rest: string): readonly [string, ...string[]] {
  const dated = ['2025-09', '2026-03', '2026-09'].map((date) => `/marketing/emails/${date}${rest}`);
  return [`/marketing/v3/emails${rest}`, ...dated];
}

/** The id in the path; one that no email can have answers as one that is not there. */
function emailIdOf({ params }: RawCall): number {
  const text = params['emailId'] ?? '';
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new Fault('not_found', 'There is no email with this id.');
}
