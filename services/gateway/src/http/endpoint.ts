import type { Scope } from '@posthorn/contracts';
import type { z } from 'zod';
import type { Principal } from '../auth/principal.ts';
import type { Answer } from './answer.ts';
import { parseInput } from './parse-input.ts';

/** A request that was authenticated and read, before its body and query were held against the schemas. */
export type RawCall = Readonly<{
  principal: Principal;
  params: Readonly<Record<string, string>>;
  query: unknown;
  /** Parsed JSON; undefined for endpoints without a body. */
  json: unknown;
  /** The body as it came; empty for endpoints without one. */
  bytes: Buffer;
  /** Method and path as called, for the idempotency key's comparison. */
  target: string;
  idempotencyKey: string | undefined;
  /** The `Host` that was called. */
  host?: string | undefined;
  traceparent?: string | undefined;
}>;

/** What an answer looks like, for the API's description. */
export type AnswerShape = Readonly<{ description: string; schema?: z.ZodType }>;

/** All there is to know of an endpoint but what it does: the router and the API's description are made from it. */
export type EndpointShape = Readonly<{
  /** `operationId` in the API's description. */
  id: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Express paths; the first is the one that is described, the others are its twins. */
  paths: readonly [string, ...string[]];
  /** What the parameters in the path may be, where that is not any text; another one is 400. */
  params?: Readonly<Record<string, z.ZodType<string>>>;
  /**
   * `hubspot`, for HubSpot's own paths: what HubSpot forgives is forgiven, and what nobody reads is named in
   * `X-Posthorn-Ignored`. Unless given `strict`: unknown fields and parameters are refused.
   */
  style?: 'hubspot' | 'strict';
  tag: string;
  summary: string;
  description?: string;
  /** Where the caller's key stands if not in the `Authorization` header; reads it from the call. */
  keyOf?: (call: Omit<RawCall, 'principal'>) => string;
  /** The key needs one of these; none: any key. */
  scopes: readonly Scope[];
  /** Counts against the ten-second limit. */
  isRateLimited: boolean;
  /** Takes `Idempotency-Key`. */
  isIdempotent?: boolean;
  /** Largest body in bytes; unless given, that of a body without attachments. */
  bodyBytesMax?: number;
  bodySchema?: z.ZodType;
  querySchema?: z.ZodType;
  answers: Readonly<Record<number, AnswerShape>>;
}>;

/** An endpoint that can be mounted: its shape, and what it does. */
export type Endpoint = EndpointShape & Readonly<{ run: (call: RawCall) => Promise<Answer> }>;

type Read<Name extends 'bodySchema' | 'querySchema'> = Readonly<Record<Name, z.ZodType>> &
  Pick<Endpoint, 'run'>;

/** The part of an endpoint that takes a body: `handle` sees one that fits the schema, others were refused with 400. */
export function takesBody<Body>(
  schema: z.ZodType<Body>,
  handle: (call: RawCall & { body: Body }) => Promise<Answer>,
): Read<'bodySchema'> {
  return {
    bodySchema: schema,
    run: async (call) => handle({ ...call, body: parseInput(schema, call.json) }),
  };
}

/** The part of an endpoint that takes query parameters, as `takesBody`. */
export function takesQuery<Query>(
  schema: z.ZodType<Query>,
  handle: (call: RawCall, query: Query) => Promise<Answer>,
): Read<'querySchema'> {
  return { querySchema: schema, run: async (call) => handle(call, parseInput(schema, call.query)) };
}
