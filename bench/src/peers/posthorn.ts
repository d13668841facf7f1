import { receiptWith } from '../bench-email.ts';
import type { BenchSystem } from '../bench-system.ts';
import { startBenchSystem } from '../bench-system.ts';
import { startChild } from '../child.ts';
import type { GeneratorOrder, GeneratorReport } from '../generator.ts';
import { ask } from '../receivers/sending-ips.ts';
import { cpuOf, recordedOf, until } from '../whole-path.ts';
import { type Contender, type RunningContender, senders } from './contender.ts';
import type { SmtpOrder } from './smtp-generator.ts';

const firstPort = 11_500;
/** Makes a message of about 10 KB, as those of the others are. */
const email = receiptWith(10);

export const posthornWholePath: Contender = {
  name: 'Posthorn, HTTP',
  does: 'merge, 10 tracked links and a pixel, DKIM RSA-2048 and Ed25519, fsync (Redis), relay, events in the store',
  doesNot: 'message comes as values, not finished',
  prepare: async () => undefined,
  async start() {
    const system = await startBenchSystem(firstPort, { email });
    const { instance, emailId } = system;
    return running(system, emailId, async (count, run) => {
      using generator = startChild('generator.ts');
      const order: GeneratorOrder = {
        ...{ port: Number(new URL(instance.apiUrl).port), apiKey: instance.apiKey, emailId },
        ...{ count, senders, pauseMs: 0, run },
      };
      return await generator.ask<GeneratorReport>(order);
    });
  },
};

export const posthornSubmission: Contender = {
  name: 'Posthorn, SMTP',
  does: 'login, links tracked and a pixel, DKIM RSA-2048 and Ed25519, fsync (Redis), relay, events in the store',
  doesNot: 'no TLS at the intake here, as the others have none',
  prepare: async () => undefined,
  async start() {
    const system = await startBenchSystem(firstPort, { email });
    const { smtpUrl, smtpUser: user, smtpPassword: password } = system.instance;
    const token = await ask(system.instance, 'GET', `/v1/smtp-tokens/${encodeURIComponent(user)}/statistics`);
    return running(system, Number(token['emailCampaignId']), async (count, run) => {
      using generator = startChild('peers/smtp-generator.ts');
      const order: SmtpOrder = {
        ...{ port: Number(new URL(smtpUrl).port), count, connections: senders, run },
        login: { user, password },
      };
      return await generator.ask(order);
    });
  },
};

function running(system: BenchSystem, emailId: number, send: RunningContender['send']): RunningContender {
  const { instance, sink } = system;
  return {
    ...{ sink, send },
    cpuMs: () => cpuOf(system),
    untilRecorded: (delivered) =>
      until(async () => ((await recordedOf({ instance, emailId }))['delivered'] ?? 0) >= delivered),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}
