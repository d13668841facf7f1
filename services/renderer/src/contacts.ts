import type { ContactWrite, SendItem } from '@posthorn/contracts';
import { eventIdOf } from '@posthorn/mail';
import { isFault } from '@posthorn/runtime';
import type { PreparedSend } from './prepare-send.ts';
import { BoundedMap } from './work/bounded-map.ts';

/** The stored contacts, as far as the renderer uses them. */
export type ContactStore = Readonly<{
  findMany: (
    accountId: number,
    emails: readonly string[],
  ) => Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  upsertMany: (
    writes: readonly {
      accountId: number;
      email: string;
      properties: Readonly<Record<string, string>>;
      atMs: number;
    }[],
  ) => Promise<void>;
}>;

export type Properties = Readonly<Record<string, string>>;

export type Contacts = Readonly<{
  /**
   * The properties each send is rendered with: the request's over the stored ones. Stored ones are only asked for
   * where the template reads some that the request lacks; null where they are needed and MongoDB is away.
   */
  merge: (sends: readonly PreparedSend[]) => Promise<(Properties | null)[]>;
  /** Stores what the requests brought and makes contacts that are new. Returns what MongoDB could not take now. */
  write: (sends: readonly ContactSend[]) => Promise<ContactWrite[]>;
}>;

/** What makes a contact: who a send is to, and what the request said of them. */
export type ContactSend = Readonly<{
  item: Pick<SendItem, 'accountId' | 'statusId' | 'acceptedAtMs' | 'contactProperties'>;
  envelope: Readonly<{ to: Readonly<{ address: string }> }>;
}>;

const knownMax = 50_000;

/** Reads and writes contacts in bulk: one query an account and bag, one write a bag. */
export function createContacts(store: ContactStore): Contacts {
  /** Contacts that were made already, so that a send without properties writes nothing. */
  const known = new BoundedMap<string, true>(knownMax);

  async function write(sends: readonly ContactSend[]): Promise<ContactWrite[]> {
    const writes = sends.filter((send) => !isNeedless(send)).map(writeOf);
    if (writes.length === 0) return [];
    try {
      await store.upsertMany(writes);
      for (const send of sends) known.set(contactKeyOf(send), true);
      return [];
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      return writes;
    }
  }

  function isNeedless(send: ContactSend): boolean {
    return Object.keys(send.item.contactProperties).length === 0 && known.get(contactKeyOf(send)) === true;
  }

  return { merge: (sends) => merge(store, sends), write };
}

async function merge(store: ContactStore, sends: readonly PreparedSend[]): Promise<(Properties | null)[]> {
  const stored = await findStored(store, sends.filter(needsStored));
  return sends.map((send) => {
    const own = needsStored(send) ? stored.get(contactKeyOf(send)) : {};
    // Only an absent database leaves a contact out of `stored`; a new contact has no properties.
    return own === undefined ? null : mergedOf(send, own);
  });
}

/** Without a prototype, so that a property may have any name (row T01). */
function mergedOf({ item, envelope }: PreparedSend, stored: Properties): Properties {
  return Object.assign(Object.create(null), { email: envelope.to.address }, stored, item.contactProperties);
}

function needsStored({ version, item }: PreparedSend): boolean {
  return version.contactProperties.some(
    (name) => name !== 'email' && !Object.hasOwn(item.contactProperties, name),
  );
}

async function findStored(
  store: ContactStore,
  sends: readonly PreparedSend[],
): Promise<Map<string, Properties>> {
  const byAccount = Map.groupBy(sends, ({ item }) => item.accountId);
  const found = await Promise.all(
    [...byAccount].map(([accountId, own]) => findOfAccount(store, accountId, own)),
  );
  return new Map(found.flat());
}

async function findOfAccount(
  store: ContactStore,
  accountId: number,
  sends: readonly PreparedSend[],
): Promise<[string, Properties][]> {
  try {
    const found = await store.findMany(
      accountId,
      sends.map(({ envelope }) => envelope.to.address),
    );
    return sends.map((send) => [contactKeyOf(send), found.get(send.envelope.to.address) ?? {}]);
  } catch (error) {
    if (!isFault(error, 'unavailable')) throw error;
    return [];
  }
}

function contactKeyOf({ item, envelope }: ContactSend): string {
  return `${item.accountId}:${envelope.to.address}`;
}

function writeOf({ item, envelope }: ContactSend): ContactWrite {
  return {
    type: 'CONTACT',
    id: eventIdOf(item.statusId, 'CONTACT'),
    accountId: item.accountId,
    email: envelope.to.address,
    properties: item.contactProperties,
    atMs: item.acceptedAtMs,
  };
}
