import type { Certificate } from '../tls/watch-certificate.ts';
import { type SmtpOptions, type SmtpPort, startSmtp } from './start-smtp.ts';

/** What all ports share. */
export type PortOptions = Omit<SmtpOptions, 'host' | 'port' | 'reusePort' | 'isImplicitTls'>;

/** The open ports. Disposing them closes all at once, since each may wait for its messages under way. */
export type OpenPorts = AsyncDisposable &
  Readonly<{
    /** With STARTTLS, and with TLS from the start, in the order in which they were asked for. */
    starttls: number[];
    implicit: number[];
    /** Presents another certificate on all of them. */
    renew: (certificate: Certificate) => void;
  }>;

type Ports = Readonly<{
  host: string;
  ports: readonly number[];
  tlsPorts: readonly number[];
  reusePort?: boolean;
}>;

/** Opens every port, or none: where one cannot be used the others are closed again, and its Fault is thrown. */
export async function openPorts(
  options: PortOptions,
  { host, ports, tlsPorts, reusePort = false }: Ports,
): Promise<OpenPorts> {
  await using scope = new AsyncDisposableStack();
  const open = async (port: number, isImplicitTls: boolean): Promise<SmtpPort> =>
    scope.use(await startSmtp({ ...options, host, port, reusePort, isImplicitTls }));
  const starttls: SmtpPort[] = [];
  for (const port of ports) starttls.push(await open(port, false));
  const implicit: SmtpPort[] = [];
  for (const port of tlsPorts) implicit.push(await open(port, true));

  scope.move();
  const all = [...starttls, ...implicit];
  return {
    starttls: starttls.map(({ port }) => port),
    implicit: implicit.map(({ port }) => port),
    renew: (certificate) => {
      for (const port of all) port.renew(certificate);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((port) => port[Symbol.asyncDispose]()));
    },
  };
}
