import type { JsonSchema } from './json-schema.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

/** What fields of these names hold in examples; others hold what their schema allows. */
const values: Readonly<Record<string, unknown>> = {
  accountId: 1,
  archived: false,
  address: '203.0.113.25',
  after: 'WzE3OTU5OTQyMDAwMDAsNDEyNjY0MzEyMV0.kJ3vN0aB2cD4eF6gH8iJ1k',
  bcc: ['archive@example.com'],
  campaignName: 'Order receipts',
  cc: [],
  contactProperties: { firstname: 'Jane', last_paid_date: '2026-03-01' },
  content: {
    html: '<p>Hello {{ contact.firstname }}, your order {{ custom.order }} is on its way.</p>',
    widgets: { preview_text: { body: { value: 'Your order is on its way' } } },
  },
  customProperties: { order: '1207', lines: [{ name: 'Tea', quantity: 2 }] },
  customReplyTo: 'help@shop.example',
  deliveryId: '01977c2a-0a5b-8c3d-9e4f-5a6b7c8d9e0f:0',
  domain: 'shop.example',
  ehloName: 'mta1.shop.example',
  email: 'jdoe@example.com',
  emailCampaignId: '4126643121',
  emailId: 4126643121,
  emailTemplateMode: 'DRAG_AND_DROP',
  filename: 'receipt.pdf',
  contentType: 'application/pdf',
  fromName: 'Shop',
  host: '203.0.113.2',
  hub_domain: 'posthorn.example',
  language: 'en',
  name: 'Order receipt',
  passwordHash: null,
  pool: 'default',
  recipient: 'jdoe@example.com',
  returnPathHost: 'bounces.shop.example',
  replyToList: ['help@shop.example'],
  scopes: ['transactional-email'],
  sendId: 'order-1207',
  sendResult: 'SENT',
  site: 'example.com',
  state: 'AUTOMATED_DRAFT',
  statusId: '01977c2a-0a5b-8c3d-9e4f-5a6b7c8d9e0f',
  subcategory: 'single_send_api',
  subject: 'Your order {{ custom.order }}',
  to: 'jdoe@example.com',
  trackingHost: 'links.shop.example',
  type: 'SINGLE_SEND_API',
  url: 'https://shop.example/orders/1207',
};

/** What else fields of these names may hold, where the first does not fit. */
const otherValues: Readonly<Record<string, unknown>> = {
  content: 'JVBERi0xLjcKJeLjz9MK',
  emailCampaignId: 4126643121,
  name: 'order-receipts',
  from: 'Shop <orders@shop.example>',
  replyTo: 'orders@shop.example',
  state: 'verified',
  to: {},
};

/** Optional fields that an example does without. */
const unusual: ReadonlySet<string> = new Set([
  ...[
    'activeDomain',
    'businessUnitId',
    'campaign',
    'contentId',
    'deletedAt',
    'feedbackSurveyId',
    'flexAreas',
  ],
  ...['folderIdV2', 'jitterSendTime', 'pool', 'publishDate', 'rssData', 'smartFields', 'styleSettings'],
  ...[
    'subCategory',
    'subscriptionDetails',
    'templatePath',
    'testing',
    'themeSettingsValues',
    'unpublishedAt',
  ],
  ...['webversion', 'widgetContainers'],
]);

const formats: Readonly<Record<string, string>> = {
  date: '2026-03-01',
  'date-time': '2026-03-01T09:30:00.000Z',
  uuid: '01977c2a-0a5b-8c3d-9e4f-5a6b7c8d9e0f',
};

/** Deepest object that an example shows with its optional fields. */
const depthMax = 5;

/** Returns an example that fits the schema: with every field, and with values that such fields hold in practice. */
export function exampleOf(schema: JsonSchema, schemas: Schemas, name = '', depth = 1): unknown {
  const resolved = resolve(schema, schemas);
  const given = resolved.examples?.[0] ?? resolved.const ?? named(name, resolved);
  if (given !== undefined) return given;
  if (resolved.enum) return resolved.enum[0];
  if (resolved.properties) return objectOf(resolved, schemas, depth);
  if (resolved.items)
    return resolved.maxItems === 0 ? [] : [exampleOf(resolved.items, schemas, '', depth + 1)];
  return scalarOf(resolved);
}

function objectOf({ properties = {}, required = [] }: JsonSchema, schemas: Schemas, depth: number): unknown {
  const names = Object.keys(properties).filter(
    (name) => required.includes(name) || (depth < depthMax && !unusual.has(name)),
  );
  return Object.fromEntries(
    names.map((name) => [name, exampleOf(properties[name] ?? {}, schemas, name, depth + 1)]),
  );
}

/** The first of a name's values that is of the schema's type. */
function named(name: string, schema: JsonSchema): unknown {
  return [values[name], otherValues[name]].find((value) => value !== undefined && isOf(schema, value));
}

function isOf(schema: JsonSchema, value: unknown): boolean {
  const { enum: options, format, pattern } = schema;
  const type = typeOf(schema);
  if (options) return options.includes(value);
  if (pattern !== undefined && !new RegExp(pattern).test(String(value))) return false;
  if (format !== undefined && format !== 'byte' && format in formats) return false;
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (own === 'number') return type === 'integer' || type === 'number';
  return type === own;
}

/** The type, where null is another. */
function typeOf({ type }: JsonSchema): string | undefined {
  return Array.isArray(type) ? type.find((one) => one !== 'null') : type;
}

function scalarOf(schema: JsonSchema): unknown {
  const { format, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
  const type = typeOf(schema);
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return Math.min(Math.max(1, minimum), maximum);
  if (type === 'null') return null;
  if (type === 'object') return {};
  return formats[format ?? ''] ?? 'text';
}

/** The schema behind a reference, or the first of several that is not null. */
function resolve(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const referred = schema.$ref ? schemas[schema.$ref.replace('#/components/schemas/', '')] : undefined;
  if (referred) return resolve(referred, schemas);
  const option = (schema.anyOf ?? schema.oneOf)?.find(({ type }) => type !== 'null');
  return option ? resolve(option, schemas) : schema;
}

const correlationId = 'aeb5f871-7f07-4993-9211-075dc63e7cbf';

const errors: Readonly<Record<number, object>> = {
  400: {
    message: 'Invalid input: message.to: is required',
    category: 'VALIDATION_ERROR',
    errors: [{ message: 'is required', code: 'REQUIRED_FIELD', in: 'message.to' }],
  },
  401: { message: 'Authentication credentials not found or not valid.', category: 'INVALID_AUTHENTICATION' },
  403: {
    message: "This key hasn't been granted all required scopes to make this call.",
    category: 'MISSING_SCOPES',
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredScopes: ['transactional-email'] },
      },
    ],
  },
  404: { message: 'There is no email with this id.', category: 'OBJECT_NOT_FOUND' },
  409: {
    message: 'This Idempotency-Key was used with another request.',
    category: 'CONFLICT',
    subCategory: 'idempotency_key_reuse',
  },
  413: { message: 'The body is larger than 10485760 bytes.', category: 'PAYLOAD_TOO_LARGE' },
  415: { message: 'Content-Type must be application/json, in UTF-8.', category: 'UNSUPPORTED_MEDIA_TYPE' },
  429: {
    message: 'You have reached your ten_secondly_rolling limit.',
    category: 'RATE_LIMITS',
    errorType: 'RATE_LIMIT',
    policyName: 'TEN_SECONDLY_ROLLING',
  },
  503: { message: 'The database is not available.', category: 'SERVICE_UNAVAILABLE' },
};

/** Returns an example of the error body that comes with a status. */
export function errorExample(status: number): unknown {
  return { status: 'error', correlationId, ...errors[status] };
}
