import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setInterval } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { Fault, type Logger } from '@posthorn/runtime';

/** A private key and the certificates presented with it, leaf first; PEM. */
export type Certificate = Readonly<{ key: string; cert: string }>;

export type CertificateFiles = Readonly<{ key: string; cert: string }>;

/** Reads the files. Throws a `misconfigured` Fault where they cannot be read or do not fit one another. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  try {
    const [key, cert] = await Promise.all([readFile(files.key, 'utf8'), readFile(files.cert, 'utf8')]);
    createSecureContext({ key, cert });
    return { key, cert };
  } catch (cause) {
    throw new Fault('misconfigured', 'TLS_KEY_FILE and TLS_CERT_FILE are no key and certificate in PEM.', {
      cause,
    });
  }
}

export type WatchOptions = Readonly<{
  files: CertificateFiles;
  current: Certificate;
  onRenewed: (certificate: Certificate) => void;
  log: Logger;
  everyMs: number;
}>;

/**
 * Looks at the files' content every `everyMs`, since a renewal may replace links and folders that no watcher follows.
 * A pair that does not fit, as between the writing of the two, leaves the old one in place and is looked at again.
 */
export function watchCertificate({ files, current, onRenewed, log, everyMs }: WatchOptions): AsyncDisposable {
  const stop = new AbortController();
  let known = current;
  let isBroken = false;

  async function look(): Promise<void> {
    const found = await readCertificate(files).catch((err: unknown) => {
      if (!isBroken) log.error({ err }, 'certificate cannot be read, the old one stays');
      return undefined;
    });
    isBroken = found === undefined;
    if (!found || (found.key === known.key && found.cert === known.cert)) return;
    known = found;
    onRenewed(found);
    log.info({ validTo: new X509Certificate(found.cert).validTo }, 'certificate renewed');
  }

  async function watch(): Promise<void> {
    try {
      for await (const _ of setInterval(everyMs, undefined, { signal: stop.signal })) await look();
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  const watching = watch();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}
