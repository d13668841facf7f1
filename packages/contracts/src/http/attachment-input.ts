import { z } from 'zod';

/** No CR, LF or NUL: what is refused wherever a value may end up in a header (row H01). */
const oneLine = /^[^\r\n\0]*$/;

/**
 * A file as a caller sends it: the bytes in base64. Only the bytes: a `path` or `href` is an unknown field and refused
 * (row H04), so nothing is ever read from the disk or the network on a caller's word.
 */
export const AttachmentInput = z
  .strictObject({
    filename: z
      .string()
      .min(1)
      .max(100_000)
      .regex(oneLine, 'must not contain line breaks or NUL')
      .meta({ description: 'Folders are cut off, control characters removed, and it is cut to 255 bytes.' }),
    contentType: z
      .string()
      .max(255)
      .regex(
        /^(?!multipart\/|message\/)[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}(?: *; *[\w-]{1,40}=(?:[\w!#$%&'*+.^{|}~-]{1,80}|"[ !#-[\]-~]{0,200}"))* *;? *$/i,
        'must be a media type such as application/pdf, and neither multipart/* nor message/*',
      ),
    content: z.string().meta({
      format: 'byte',
      description: 'The bytes in base64 (RFC 4648, section 4), without line breaks.',
    }),
    contentId: z
      .string()
      .regex(/^[\w.!#$%&'*+/=?^{|}~@-]{1,200}$/, 'must be 1 to 200 characters as in an address')
      .nullish()
      .meta({ description: 'Makes the file inline: the HTML names it as `cid:<contentId>` (RFC 2392).' }),
  })
  .meta({
    id: 'Attachment',
    description: 'A file or inline image. Beyond HubSpot.',
    // Ours and not HubSpot's, so what it does not know is refused on HubSpot's paths as well.
    'x-strict': true,
  });
export type AttachmentInput = z.infer<typeof AttachmentInput>;
