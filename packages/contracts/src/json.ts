import { z } from 'zod';

/** Any JSON value; depth and size are bounded where the text is parsed. */
export const JsonValue = z.json();
export type JsonValue = z.infer<typeof JsonValue>;
