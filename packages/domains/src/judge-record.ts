import type { ExpectedRecord } from './expected-records.ts';
import { judgeDkim } from './judge-dkim.ts';
import { type Judgement, right, wrong } from './judgement.ts';

/** Compares what was found under a record's name and type with the record. Pure. */
export function judgeRecord(record: ExpectedRecord, found: readonly string[]): Judgement {
  switch (record.kind) {
    case 'dkim':
      return judgeDkim(found, record.value);
    case 'return-path-mx':
      return judgeMx(found, record.value);
    case 'return-path-spf':
      return judgeSpf(found, record.value);
    case 'tracking':
      return found.length === 1 && found[0] === record.value
        ? right
        : wrong(found, `The CNAME points elsewhere. Point it at ${record.value}.`);
    case 'dmarc':
      return judgeDmarc(found);
  }
}

/** Every server must be ours: a bounce that goes to another one is lost. The preference does not matter. */
function judgeMx(found: readonly string[], expected: string): Judgement {
  const wanted = hostOf(expected);
  const others = found.filter((text) => hostOf(text) !== wanted);
  if (others.length === 0) return right;
  return wrong(
    found,
    others.length < found.length
      ? `There are other MX records beside ${wanted}: bounces would get lost there. Remove them.`
      : `The MX record names another server. It must name ${wanted}.`,
  );
}

/** RFC 7208, sections 4.5 (one record only) and 4.6.2 (nothing after `all` counts). */
function judgeSpf(found: readonly string[], expected: string): Judgement {
  const records = found.filter((text) => /^v=spf1( |$)/i.test(text));
  const [record] = records;
  const include = expected.split(' ')[1] ?? '';
  if (record === undefined) return wrong(found, 'The TXT record here is not SPF. Add one with this value.');
  if (records.length > 1)
    return wrong(records, 'There are several SPF records here, which voids them all. Join them into one.');
  const terms = record.toLowerCase().split(/ +/).slice(1);
  const all = terms.findIndex((term) => /^[+?~-]?all$/.test(term));
  const at = terms.findIndex((term) => term.replace(/^\+/, '') === include);
  if (at >= 0 && (all < 0 || at < all)) return right;
  return wrong(
    records,
    at < 0
      ? `The SPF record lacks ${include}. Add it.`
      : `${include} stands behind ${terms[all]}, where it does not count. Move it to the front.`,
  );
}

/** RFC 7489, section 6.3. What the policy says is its owner's business. */
function judgeDmarc(found: readonly string[]): Judgement {
  const policies = found.filter((text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text));
  if (policies.length > 1)
    return wrong(policies, 'There are several DMARC records here, which voids them all. Leave one.');
  const [policy] = policies;
  if (policy === undefined) return wrong(found, 'The TXT record here is not DMARC. Add one with this value.');
  return /;\s*p\s*=\s*(none|quarantine|reject)\s*(;|$)/i.test(policy)
    ? right
    : wrong(policies, 'The DMARC record lacks p=none, p=quarantine or p=reject.');
}

function hostOf(mx: string): string {
  return mx.split(' ')[1] ?? '';
}
