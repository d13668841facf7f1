import { readMediaType } from '../header/media-type.ts';
import { withParameters } from '../header/parameter.ts';
import { encodeBase64Lines } from './base64-lines.ts';
import type { Entity } from './entity.ts';
import { sanitizeFileName } from './file-name.ts';

export type Attachment = Readonly<{
  /** As the caller wrote it; what leaves is `sanitizeFileName` of it. */
  fileName: string;
  /** `type/subtype` with its parameters (`method` of a calendar); anything else leaves as `application/octet-stream`. */
  contentType: string;
  content: Uint8Array;
}>;

/** An image that the HTML shows by `cid:<contentId>`. */
export type InlineImage = Attachment & Readonly<{ contentId: string }>;

const mediaType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/;
const parametersMax = 20;

/** Encodes an attachment: once, however many messages carry it. */
export function attachmentEntity(attachment: Attachment): Entity {
  return binaryEntity(attachment, 'attachment', '');
}

/** Encodes an inline image: once, however many messages carry it. `contentId` must pass `isContentId`. */
export function inlineImageEntity(image: InlineImage): Entity {
  if (!isContentId(image.contentId)) throw new TypeError('contentId must be checked with isContentId first');
  return binaryEntity(image, 'inline', `Content-ID: <${image.contentId}>\r\n`);
}

/** Tells whether a content id may leave: 1 to 200 of letters, digits and `.!#$%&'*+/=?^_{|}~@-` (rows H01, H05). */
export function isContentId(contentId: string): boolean {
  return /^[\w.!#$%&'*+/=?^{|}~@-]{1,200}$/.test(contentId);
}

function binaryEntity(attachment: Attachment, disposition: string, idField: string): Entity {
  const fileName = sanitizeFileName(attachment.fileName);
  const typeName = 'Content-Type: ';
  const dispositionName = 'Content-Disposition: ';
  const fields = [
    typeName + contentTypeOf(attachment.contentType, typeName.length),
    dispositionName + withParameters(disposition, { filename: fileName }, dispositionName.length),
    'Content-Transfer-Encoding: base64',
  ];
  return {
    fields: `${fields.join('\r\n')}\r\n${idField}`,
    body: `${encodeBase64Lines(attachment.content)}\r\n`,
  };
}

/**
 * The media type as it was given, its parameters written anew. `message/*` and `multipart/*` may not be base64 (RFC 2046,
 * sections 5.1 and 5.2.1): they leave as bytes.
 */
function contentTypeOf(contentType: string, column: number): string {
  const { value, parameters } = readMediaType(contentType);
  const isUsable = mediaType.test(value) && !/\p{Cc}/u.test(contentType);
  if (!isUsable || /^(?:message|multipart)\//.test(value)) return 'application/octet-stream';
  const kept = [...parameters]
    .slice(0, parametersMax)
    .filter(([name]) => /^[\w.-]{1,40}$/.test(name) && name !== 'boundary');
  const safe = kept.map(([name, text]) => [name, name === 'name' ? sanitizeFileName(text) : text]);
  return withParameters(value, Object.fromEntries(safe), column);
}
