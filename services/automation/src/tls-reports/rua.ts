/** Where a domain wants its reports. */
export type ReportTarget =
  | Readonly<{ kind: 'https'; uri: string; url: URL }>
  | Readonly<{ kind: 'mailto'; uri: string; address: string }>;

/** Targets of one domain that are reported to; nobody needs more. */
const targetsMax = 4;

/**
 * Reads the TXT records of `_smtp._tls.<domain>` (RFC 8460, section 3): null where there is no record, or more than one,
 * which is as none. Schemes we do not know are passed over.
 */
export function reportTargetsOf(records: readonly string[]): ReportTarget[] | null {
  const ours = records.filter((record) => /^v=TLSRPTv1\s*;/.test(record));
  const [record = ''] = ours;
  const rua = /;\s*rua\s*=\s*([^;]*)/.exec(record)?.[1];
  if (ours.length !== 1 || rua === undefined) return null;
  return rua
    .split(',')
    .flatMap((uri) => targetOf(uri.trim()))
    .slice(0, targetsMax);
}

function targetOf(uri: string): ReportTarget[] {
  const url = URL.parse(uri);
  if (url?.protocol === 'https:' && url.username === '' && url.password === '')
    return [{ kind: 'https', uri, url }];
  if (url?.protocol !== 'mailto:') return [];
  const address = decoded(url.pathname);
  return /^[^\s@<>"(),:;[\]\\]{1,64}@[a-z0-9.-]{1,255}$/i.test(address)
    ? [{ kind: 'mailto', uri, address }]
    : [];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
