import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A key and the certificates a server presents with it, leaf first. */
export type Credentials = Readonly<{ key: string; cert: string; leaf: X509Certificate }>;

/** An authority of this test's own, made by the system's openssl. */
export type Authority = AsyncDisposable & {
  ca: X509Certificate;
  /** Signs a certificate for `name`; with `days: -1` one that expired yesterday. */
  issue(name: string, options?: { days?: number }): Promise<Credentials>;
};

const newKey = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-ca-'));
  const file = (name: string) => join(folder, name);
  const openssl = (args: readonly string[]) => promisify(execFile)('openssl', [...args]);
  await openssl([
    ...[...newKey, '-x509', '-subj', '/CN=Test authority', '-days', '2'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  ]);
  const caPem = await readFile(file('ca.pem'), 'utf8');
  let count = 0;

  return {
    ca: new X509Certificate(caPem),
    async issue(name, { days = 1 } = {}) {
      count += 1;
      const [key, request, cert] = [file(`${count}.key`), file(`${count}.csr`), file(`${count}.pem`)];
      await openssl([
        ...[...newKey, '-subj', `/CN=${count}`, '-keyout', key, '-out', request],
        ...['-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ]);
      await openssl([
        ...['x509', '-req', '-in', request, '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
        ...['-copy_extensions', 'copy', '-days', String(days), '-out', cert],
      ]);
      const leafPem = await readFile(cert, 'utf8');
      const leaf = new X509Certificate(leafPem);
      return { key: await readFile(key, 'utf8'), cert: `${leafPem}${caPem}`, leaf };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
