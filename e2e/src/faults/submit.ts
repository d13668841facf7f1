import type { RunningInstance } from '@posthorn/local';
import { createTransport } from 'nodemailer';
import { z } from 'zod';

/** One message of a flow. */
export type FlowMessage = Readonly<{ to: string; cc: readonly string[]; key: string }>;

/** What the system said: the statusId it took the message under, or the code of its refusal; undefined when no answer came. */
export type Answer = Readonly<{ statusId: string }> | Readonly<{ code: number }> | undefined;

/** One try at one message. */
export type Submit = Readonly<{
  /** Whether the system can tell a repeat from another message. */
  isKeyed: boolean;
  send(message: FlowMessage): Promise<Answer>;
}>;

/** No answer within this long counts as none. */
const answerTimeoutMs = 5_000;

const Body = z.object({ statusId: z.string() });

/** By the HTTP API, with the key as `Idempotency-Key`; `custom` is what the email's template is given beside it. */
export function httpSubmit(
  { apiUrl, apiKey }: RunningInstance,
  emailId: number,
  custom: Readonly<Record<string, string>> = {},
): Submit {
  const url = `${apiUrl}/marketing/v3/transactional/single-email/send`;
  return {
    isKeyed: true,
    async send({ to, cc, key }) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${apiKey}`,
            'content-type': 'application/json',
            'idempotency-key': key,
          },
          body: JSON.stringify({ emailId, message: { to, cc }, customProperties: { order: key, ...custom } }),
          signal: AbortSignal.timeout(answerTimeoutMs),
        });
        const text = await response.text();
        return response.status === 200 ? Body.parse(JSON.parse(text)) : { code: response.status };
      } catch {
        return undefined;
      }
    },
  };
}

/** By SMTP, a connection for each message; with `isKeyed` the key is in `X-Posthorn-Idempotency-Key`. */
export function smtpSubmit(instance: RunningInstance, { isKeyed }: { isKeyed: boolean }): Submit {
  const { hostname: host, port } = new URL(instance.smtpUrl);
  const auth = { user: instance.smtpUser, pass: instance.smtpPassword };
  const timeouts = { connectionTimeout: answerTimeoutMs, greetingTimeout: answerTimeoutMs };
  return {
    isKeyed,
    async send({ to, cc, key }) {
      const transport = createTransport({
        ...{ host, port: Number(port), ignoreTLS: true, auth },
        ...{ ...timeouts, socketTimeout: answerTimeoutMs },
      });
      try {
        const { response } = await transport.sendMail({
          ...{ from: 'Shop <shop@shop.example>', to, cc: [...cc], subject: key, text: `Order ${key}.` },
          ...(isKeyed && { headers: { 'X-Posthorn-Idempotency-Key': key } }),
        });
        return { statusId: / as (\S+)$/.exec(response)?.[1] ?? '' };
      } catch (error) {
        return codeOf(error);
      } finally {
        transport.close();
      }
    },
  };
}

const Refusal = z.object({ responseCode: z.int() });
const NobodyThere = z.object({ syscall: z.literal('connect') });

/** 0 where nobody was there to take it; undefined where it may have been taken. */
function codeOf(error: unknown): Answer {
  const code = Refusal.safeParse(error).data?.responseCode;
  if (code !== undefined) return { code };
  return NobodyThere.safeParse(error).success ? { code: 0 } : undefined;
}
