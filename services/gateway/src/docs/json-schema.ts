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
  examples?: unknown[];
  'x-strict'?: boolean;
}>;

/** zod's own type of what it makes is wider than what it makes of our schemas. */
const Definition = z.custom<JsonSchema>();
const Definitions = z.record(z.string(), Definition);

/** How HubSpot names what /v1 has too, where unknown fields are refused: the two are different schemas. */
const hubspotNames: Readonly<Record<string, string>> = {
  SingleSendRequest: 'PublicSingleSendRequestEgg',
  SingleSendMessage: 'PublicSingleSendEmail',
};

/**
 * Returns the schema as JSON Schema. Those that have an id go into `schemas` and are referred to. In HubSpot's style,
 * objects take fields beside their own, which are ignored. Throws where two schemas have the same id.
 */
export function schemaRef(
  schema: z.ZodType,
  schemas: Record<string, JsonSchema>,
  style: Endpoint['style'] = 'strict',
): JsonSchema {
  const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io: 'input' });
  const written = (value: unknown) => relink(style === 'hubspot' ? loosened(value) : value, style);
  for (const [name, definition] of Object.entries(Definitions.parse(written($defs ?? {})))) {
    const other = schemas[nameOf(name, style)];
    if (other && JSON.stringify(other) !== JSON.stringify(definition))
      throw new Error(`two schemas are named ${name}`);
    schemas[nameOf(name, style)] = definition;
  }
  return Definition.parse(written(json));
}

function nameOf(id: string, style: Endpoint['style']): string {
  return style === 'hubspot' ? (hubspotNames[id] ?? id) : id;
}

/** Without what refuses unknown fields, except where a schema says `x-strict`. */
function loosened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== 'object' || value === null || ('x-strict' in value && value['x-strict'])) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => key !== 'additionalProperties' || inner !== false)
      .map(([key, inner]) => [key, loosened(inner)]),
  );
}

/** zod refers to definitions beside the schema; OpenAPI keeps them in one place. */
function relink(value: unknown, style: Endpoint['style']): unknown {
  if (Array.isArray(value)) return value.map((inner) => relink(inner, style));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? `#/components/schemas/${nameOf(inner.replace('#/$defs/', ''), style)}`
        : relink(inner, style),
    ]),
  );
}

/** The parameters of one of an endpoint's paths: those in the path, in the query, and the header it may take. */
export function parametersOf(
  endpoint: Endpoint,
  path: string,
  schemas: Record<string, JsonSchema>,
): Parameter[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return [
    ...inPath.map((name) => parameterOf({ name, in: 'path', required: true }, pathSchema(endpoint, name))),
    ...(endpoint.querySchema ? queryParameters(endpoint.querySchema, schemas) : []),
    ...(endpoint.isIdempotent ? [idempotencyKey] : []),
  ];
}

function pathSchema({ params = {} }: Endpoint, name: string): JsonSchema {
  const schema = params[name];
  return schema ? schemaRef(schema, {}) : { type: 'string', minLength: 1 };
}

function queryParameters(schema: z.ZodType, schemas: Record<string, JsonSchema>): Parameter[] {
  const { properties = {}, required = [] } = schemaRef(schema, schemas);
  return Object.entries(properties).map(([name, field]) =>
    parameterOf({ name, in: 'query', required: required.includes(name) }, field),
  );
}

function parameterOf(
  place: Pick<Parameter, 'name' | 'in' | 'required'>,
  { description, ...schema }: JsonSchema,
): Parameter {
  return { ...place, ...(description && { description }), schema };
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A repeat with the same key within 24 hours gets the first answer again, with `Idempotent-Replayed: true`, and sends nothing.',
  schema: { type: 'string', minLength: 1, maxLength: 256 },
};
