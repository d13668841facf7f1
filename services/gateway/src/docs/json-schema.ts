import { z } from 'zod';
import type { Endpoint } from '../http/endpoint.ts';
import type { Parameter } from './openapi.ts';

/** JSON Schema of draft 2020-12, which OpenAPI 3.1 uses as it is. */
export type JsonSchema = Readonly<{
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
}>;

/** zod's own type of what it makes is wider than what it makes of our schemas. */
const Definition = z.custom<JsonSchema>();
const Definitions = z.record(z.string(), Definition);

/** The schema as JSON Schema. Those that have an id go into `schemas` and are referred to. */
export function schemaRef(schema: z.ZodType, schemas: Record<string, JsonSchema>): JsonSchema {
  const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io: 'input' });
  Object.assign(schemas, Definitions.parse(relink($defs ?? {})));
  return Definition.parse(relink(json));
}

/** zod refers to definitions beside the schema; OpenAPI keeps them in one place. */
function relink(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relink);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/$defs/', '#/components/schemas/')
        : relink(inner),
    ]),
  );
}

/** The parameters of one of an endpoint's paths: those in the path, in the query, and the header it may take. */
export function parametersOf(endpoint: Endpoint, path: string): Parameter[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return [
    ...inPath.map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' } })),
    ...(endpoint.querySchema ? queryParameters(endpoint.querySchema) : []),
    ...(endpoint.isIdempotent ? [idempotencyKey] : []),
  ];
}

function queryParameters(schema: z.ZodType): Parameter[] {
  const { properties = {}, required = [] } = schemaRef(schema, {});
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description && { description }),
    schema: rest,
  }));
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A repeat with the same key within 24 hours gets the first answer again, with `Idempotent-Replayed: true`, and sends nothing.',
  schema: { type: 'string', minLength: 1, maxLength: 256 },
};
