import { type Html, html, inline } from './html.ts';
import type { JsonSchema } from './json-schema.ts';

/** Deepest nesting that is unfolded into the page; what is deeper is in /openapi.json. */
const depthMax = 4;

/** The named schemas that references lead to. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/** A schema's fields as a table, those of objects inside it as tables within. */
export function schemaView(schema: JsonSchema, schemas: Schemas, depth = 1): Html {
  const object = fieldsOf(schema, schemas);
  const fields = Object.entries(object?.properties ?? {});
  if (fields.length === 0 || depth > depthMax) return html``;
  const rows = fields.map(([name, field]) =>
    row(name, field, { schemas, depth, isRequired: object?.required?.includes(name) ?? false }),
  );
  return html`<dl class="fields">${rows}</dl>`;
}

type RowContext = Readonly<{ schemas: Schemas; depth: number; isRequired: boolean }>;

function row(name: string, field: JsonSchema, { schemas, depth, isRequired }: RowContext): Html {
  const resolved = resolve(field, schemas);
  const description = field.description ?? resolved.description ?? '';
  return html`<dt><code>${name}</code> <span class="type">${typeName(field, schemas)}</span>
    ${isRequired && html`<span class="required">required</span>`}</dt>
    <dd>${inline(description)}${valuesOf(resolved)}${schemaView(field, schemas, depth + 1)}</dd>`;
}

/** The schema whose properties a reader looks for: behind a reference, an option that may be null, or a list. */
function fieldsOf(schema: JsonSchema, schemas: Schemas): JsonSchema | undefined {
  const resolved = resolve(schema, schemas);
  if (resolved.items) return fieldsOf(resolved.items, schemas);
  if (resolved.oneOf) return merged(resolved.oneOf.map((option) => resolve(option, schemas)));
  return resolved.properties ? resolved : undefined;
}

/** The fields of any of several shapes; required only where all require it. */
function merged(options: readonly JsonSchema[]): JsonSchema {
  const [first, ...others] = options;
  return {
    properties: Object.assign({}, ...options.map(({ properties }) => properties)),
    required: (first?.required ?? []).filter((name) =>
      others.every(({ required }) => required?.includes(name)),
    ),
  };
}

function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const referred = schema.$ref ? schemas[schema.$ref.replace('#/components/schemas/', '')] : undefined;
  if (referred) return resolve(referred, schemas);
  const option = schema.anyOf?.find(({ type }) => type !== 'null');
  return option && schema.anyOf?.length === 2 ? resolve(option, schemas) : schema;
}

function typeName(schema: JsonSchema, schemas: Schemas): string {
  const resolved = resolve(schema, schemas);
  if (resolved.items) return `list of ${typeName(resolved.items, schemas)}`;
  if (resolved.anyOf) return resolved.anyOf.map((option) => typeName(option, schemas)).join(' or ');
  if (resolved.enum) return 'one of';
  if (resolved.const !== undefined) return JSON.stringify(resolved.const);
  if (resolved.oneOf) return 'object';
  const type = Array.isArray(resolved.type) ? resolved.type.join(' or ') : (resolved.type ?? 'any JSON');
  return resolved.format ? `${type}, ${resolved.format}` : type;
}

function valuesOf({ enum: values }: JsonSchema): Html {
  if (!values || values.length > 12) return html``;
  return html` <span class="values">${values.map((value) => html`<code>${String(value)}</code> `)}</span>`;
}
