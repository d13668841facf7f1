import { z } from 'zod';

/** A file that travels with a send. `content` is the bytes, one character a byte (latin1), decoded from base64 at the door. */
export const Attachment = z.object({
  filename: z.string().min(1).max(255),
  contentType: z.string().min(3).max(255),
  /** With a content id the file is inline and the HTML names it as `cid:<contentId>` (RFC 2392). */
  contentId: z.string().min(1).max(255).optional(),
  content: z.string(),
});
export type Attachment = z.infer<typeof Attachment>;
