import { z } from 'zod';
import { EmailId } from '../ids.ts';
import { AnyJson } from './any-json.ts';
import { AttachmentInput } from './attachment-input.ts';

/**
 * An address as the caller wrote it, `a@b.example` or `Name <a@b.example>`. Only what could break a header is refused here
 * (row H01); one that cannot be sent to is accepted and dropped with a `sendResult`, as HubSpot does.
 */
const AddressText = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[^\r\n\0]*$/, 'must not contain line breaks or NUL');

const addressList = (max: number) => z.array(AddressText).max(max).nullish();

/** The caller's own id of a send; at most one email leaves for each (facts: HubSpot, section 1.1, `sendId`). */
export const SendId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\r\n\0]*$/, 'must not contain line breaks or NUL')
  .meta({ description: 'Your own id: at most one email leaves for each, within your account.' });

/** HubSpot's `PublicSingleSendEmail`, and attachments. */
export const SingleSendMessage = z
  .strictObject({
    to: AddressText.meta({ description: 'The one recipient.' }),
    from: AddressText.nullish().meta({ description: "Replaces the email's own sender." }),
    sendId: SendId.nullish(),
    replyTo: addressList(25),
    cc: addressList(1_000).meta({ description: 'Copies; they are not tracked.' }),
    bcc: addressList(1_000).meta({ description: 'Blind copies; they are not tracked.' }),
    attachments: z.array(AttachmentInput).max(100).nullish().meta({ description: 'Beyond HubSpot.' }),
  })
  .meta({ id: 'SingleSendMessage' });

/** A property's name; no dots or dollar signs, so that it can never become an operator (row A02). */
const PropertyName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be 1 to 100 letters, digits, "_" or "-"');

/** The v1 API takes lists of names and values, and examples of both circulate: say which this one takes. */
const asMap: z.core.$ZodErrorMap = ({ code }) =>
  code === 'invalid_type' ? 'must be a map of names to values, such as {"order": "7"}' : undefined;
const asPairs: z.core.$ZodErrorMap = ({ code }) =>
  code === 'invalid_type'
    ? 'must be a list of names and values, such as [{"name": "order", "value": "7"}]'
    : undefined;

const contactProperties = z
  .record(PropertyName, z.string().max(65_536), { error: asMap })
  .meta({ description: 'Written to the contact, and usable as `{{ contact.NAME }}`.' });

const customProperties = z
  .record(z.string().min(1).max(255), AnyJson, { error: asMap })
  .meta({ description: 'Usable as `{{ custom.NAME }}`; any JSON, not stored.' });

/** HubSpot's `PublicSingleSendRequestEgg` (facts: HubSpot, section 1.1). Unknown fields are refused (row A03). */
export const SingleSendRequest = z
  .strictObject({
    emailId: EmailId.meta({ description: 'The published email to send.' }),
    message: SingleSendMessage,
    contactProperties: contactProperties.nullish(),
    customProperties: customProperties.nullish(),
  })
  .meta({
    id: 'SingleSendRequest',
    description: "One email to one recipient (HubSpot's `PublicSingleSendRequestEgg`).",
  });
export type SingleSendRequest = z.infer<typeof SingleSendRequest>;

const nameValue = <Value extends z.ZodType>(name: z.ZodType<string>, value: Value) =>
  z.array(z.strictObject({ name, value }), { error: asPairs }).max(1_000).nullish();

/** The body of HubSpot's legacy v1 single send: properties are arrays, `replyTo` is one address (facts, section 1.6). */
export const LegacySingleSendRequest = z
  .strictObject({
    emailId: EmailId,
    message: z.strictObject({
      to: AddressText,
      from: AddressText.nullish(),
      sendId: SendId.nullish(),
      replyTo: AddressText.nullish(),
      replyToList: addressList(25),
      cc: addressList(1_000),
      bcc: addressList(1_000),
    }),
    contactProperties: nameValue(PropertyName, z.string().max(65_536)),
    customProperties: nameValue(z.string().min(1).max(255), AnyJson),
  })
  .meta({ id: 'LegacySingleSendRequest' });
export type LegacySingleSendRequest = z.infer<typeof LegacySingleSendRequest>;

/** The answer of the legacy v1 single send. */
export const LegacySingleSendResponse = z
  .object({
    sendResult: z.string(),
    message: z.string(),
    eventId: z.object({
      id: z.uuid().meta({ description: 'The SENT or DROPPED event; while QUEUED, the statusId.' }),
      created: z.int().meta({ description: 'Unix time in milliseconds.' }),
    }),
  })
  .meta({ id: 'LegacySingleSendResponse' });
export type LegacySingleSendResponse = z.infer<typeof LegacySingleSendResponse>;
