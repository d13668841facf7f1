import { ErrorBody } from '@posthorn/contracts';
import type { z } from 'zod';
import type { Endpoint } from '../http/endpoint.ts';
import { errorExample, exampleOf } from './examples.ts';
import { type JsonSchema, parametersOf, schemaRef } from './json-schema.ts';

/** The part of OpenAPI 3.1 that we write (https://spec.openapis.org/oas/v3.1.1). */
export type OpenApi = Readonly<{
  openapi: '3.1.0';
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, { type: string; scheme: string; description: string }>;
  };
}>;

/** One method of one path. */
export type Operation = Readonly<{
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: Parameter[];
  /** Empty where no key is needed in the `Authorization` header. */
  security?: Record<string, string[]>[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, Response>;
  /** The `operationId` of the same operation under its first path. */
  'x-twin-of'?: string;
}>;

type Response = Readonly<{
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content?: Content;
}>;

/** One parameter of an operation. */
export type Parameter = Readonly<{
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}>;

type Content = Record<string, { schema: JsonSchema; example?: unknown }>;

/** What the sections of the description are about, in order; one that is not here comes last, without words. */
const tags: readonly OpenApi['tags'][number][] = [
  { name: 'Sends', description: 'Hand over an email for one recipient, and see what became of it.' },
  { name: 'Emails', description: 'What is sent: subject, content and sender, in HubSpot’s shape.' },
  { name: 'Domains', description: 'What you send from, and the DNS records it needs.' },
  { name: 'Suppressions', description: 'Addresses that your account should not write to.' },
  {
    name: 'SMTP tokens',
    description: 'User names for the SMTP API, and what became of the mail sent with each.',
  },
  { name: 'IPs', description: 'The addresses that mail leaves from.' },
  { name: 'Pools', description: 'Sets of those addresses; mail leaves by one.' },
  { name: 'Sites', description: 'How fast receivers get mail, and why.' },
  { name: 'Account', description: 'Who you are, what your key may do, and how your account is set.' },
];

function tagsOf(endpoints: readonly Endpoint[]): OpenApi['tags'] {
  const known = new Set(tags.map(({ name }) => name));
  const others = [...new Set(endpoints.map(({ tag }) => tag))].filter((name) => !known.has(name));
  return [...tags, ...others.map((name) => ({ name, description: name }))];
}

/** What every endpoint may answer beside its own. */
const refusals: Readonly<Record<string, string>> = {
  400: 'The request is not usable; `errors` names each field.',
  401: 'No API key, or one that is not valid.',
  403: 'The key lacks a scope, and `errors[].context.requiredScopes` names those that would do; or the account is suspended.',
  404: 'There is nothing here for this account.',
  409: 'Something else happened to it at the same time, or the Idempotency-Key was used before.',
  413: 'The body is too large.',
  415: 'The body is not `application/json`.',
  429: 'More than the allowed calls in ten seconds.',
  503: 'Redis or MongoDB is away; try again after `Retry-After` seconds.',
};

/** Describes the API in OpenAPI 3.1, from the same list that the router is made from. */
export function describeApi(endpoints: readonly Endpoint[]): OpenApi {
  const schemas: Record<string, JsonSchema> = {};
  const paths = pathsOf(endpoints, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Posthorn',
      version: '1',
      description:
        'Transactional email in HubSpot’s words: a client written for HubSpot’s single-send API works against this one. What goes past HubSpot lives under `/v1`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: tagsOf(endpoints),
    paths,
    components: {
      schemas,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `ph_live_…`.' },
      },
    },
  };
}

function pathsOf(endpoints: readonly Endpoint[], schemas: Record<string, JsonSchema>): OpenApi['paths'] {
  const paths: OpenApi['paths'] = {};
  for (const endpoint of endpoints)
    for (const [index, expressPath] of endpoint.paths.entries()) {
      const path = expressPath.replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [endpoint.method]: operationOf(endpoint, index, schemas) };
    }
  return paths;
}

function operationOf(endpoint: Endpoint, index: number, schemas: Record<string, JsonSchema>): Operation {
  const { id, tag, summary, scopes, paths, bodySchema, keyOf } = endpoint;
  const path = paths[index] ?? paths[0];
  const scopeLine = scopes.length > 0 ? `Scope: ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.` : '';
  const twinLine = index > 0 ? `The same as \`${paths[0]}\`.` : '';
  const parameters = parametersOf(endpoint, path, schemas);
  return {
    operationId: index === 0 ? id : twinId(id, path),
    tags: [tag],
    summary,
    description: [twinLine, endpoint.description ?? '', scopeLine].filter(Boolean).join('\n\n'),
    ...(keyOf && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(bodySchema && {
      requestBody: { required: true, content: contentOf(bodySchema, schemas, endpoint.style) },
    }),
    responses: { ...successes(endpoint, schemas), ...failures(endpoint, schemas) },
    ...(index > 0 && { 'x-twin-of': id }),
  };
}

/** A twin is named after its date: `sendSingleEmail202603`. */
function twinId(id: string, path: string): string {
  const [date = ''] = /\d{4}-\d\d/.exec(path) ?? [];
  return `${id}${date.replace('-', '')}`;
}

const ignoredHeader = {
  'X-Posthorn-Ignored': {
    description: 'The names of fields and parameters that were sent and that nobody reads, if there are any.',
    schema: { type: 'string', maxLength: 1_000 },
  },
};

function successes(
  { answers, style }: Endpoint,
  schemas: Record<string, JsonSchema>,
): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => [
      status,
      {
        description,
        ...(style === 'hubspot' && { headers: ignoredHeader }),
        ...(schema && { content: contentOf(schema, schemas, style) }),
      },
    ]),
  );
}

function failures(endpoint: Endpoint, schemas: Record<string, JsonSchema>): Operation['responses'] {
  const schema = schemaRef(ErrorBody, schemas);
  const never = [
    ...(endpoint.bodySchema ? [] : ['413', '415']),
    ...(endpoint.isRateLimited ? [] : ['429']),
    ...(endpoint.paths[0].includes(':') || endpoint.keyOf ? [] : ['404']),
  ];
  return Object.fromEntries(
    Object.entries(refusals)
      .filter(([status]) => !never.includes(status))
      .map(([status, description]) => {
        const example = errorExample(Number(status));
        return [status, { description, content: { 'application/json': { schema, example } } }];
      }),
  );
}

function contentOf(
  schema: z.ZodType,
  schemas: Record<string, JsonSchema>,
  style: Endpoint['style'],
): Content {
  const json = schemaRef(schema, schemas, style);
  return { 'application/json': { schema: json, example: exampleOf(json, schemas) } };
}
