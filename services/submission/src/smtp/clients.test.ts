import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { password, startTestSubmission, userName } from '../testing/test-submission.ts';

for (const secure of [false, true])
  test(`nodemailer sends over kept connections, ${secure ? 'with TLS from the start' : 'with STARTTLS'}`, async () => {
    await using server = await startTestSubmission({ allowPlainLogin: false, isImplicitTls: secure });
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: server.port, secure, requireTLS: true, pool: true, maxConnections: 2 },
      ...{ tls: { rejectUnauthorized: false }, auth: { user: userName, pass: password } },
    });
    const mails = Array.from({ length: 20 }, (_, index) => ({
      ...{ from: 'Shop <shop@shop.example>', to: 'ada@example.com', bcc: 'archive@shop.example' },
      ...{ subject: `Grüße ${index}`, html: `<p>${'Zeile<br>\n.\n'.repeat(index * 20)}</p>` },
      attachments: [{ filename: 'a.bin', content: Buffer.alloc(10_000, index) }],
    }));

    const sent = await Promise.all(mails.map((mail) => transport.sendMail(mail)));
    transport.close();

    for (const { response } of sent) assert.match(response, /^250 2\.0\.0 Ok: accepted as /);
    assert.equal(new Set(sent.map(({ response }) => response)).size, 20);
    for (const { sends, copies } of server.faked.posted)
      assert.deepEqual([sends.map(({ to }) => to), copies], [['ada@example.com'], ['archive@shop.example']]);
  });
