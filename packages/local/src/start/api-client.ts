import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

const Timeline = z.object({
  status: z.string(),
  sendResult: z.string().optional(),
  timeline: z.array(z.object({ type: z.string(), atMs: z.number(), sinceAcceptedMs: z.number() })),
});
export type Timeline = z.infer<typeof Timeline>;

const NewSmtpToken = z.object({ id: z.string(), password: z.string() });
export type NewSmtpToken = z.infer<typeof NewSmtpToken>;

/** The few calls of Posthorn's API that a start makes, as any client would make them. */
export type ApiClient = Readonly<{
  /** Authors and publishes an email; its id. */
  publishEmail: (email: object) => Promise<number>;
  /** Posts a single send; its `statusId`. */
  send: (request: object) => Promise<string>;
  timeline: (statusId: string) => Promise<Timeline>;
  /** Makes an SMTP token. */
  createSmtpToken: (token: { campaignName: string; createContact: boolean }) => Promise<NewSmtpToken>;
}>;

export function createApiClient(apiUrl: string, apiKey: string): ApiClient {
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Fault('unavailable', `${method} ${path} answered ${response.status}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  return {
    async publishEmail(email) {
      const created = z.object({ id: z.string() }).parse(await call('POST', '/marketing/v3/emails', email));
      await call('POST', `/marketing/v3/emails/${created.id}/publish`);
      return Number(created.id);
    },
    async send(request) {
      const path = '/marketing/v3/transactional/single-email/send';
      return z.object({ statusId: z.string() }).parse(await call('POST', path, request)).statusId;
    },
    createSmtpToken: async (token) =>
      NewSmtpToken.parse(await call('POST', '/marketing/v3/transactional/smtp-tokens', token)),
    timeline: async (statusId) => Timeline.parse(await call('GET', `/v1/sends/${statusId}`)),
  };
}
