import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Catalog } from '../storage/catalog.ts';
import type { Collection } from '../storage/collection.ts';
import { indexSpecToDoc } from '../storage/index-spec.ts';
import { syncFolder } from './files.ts';
import { RecordBuffer, recordKind } from './record.ts';

/** A slice ends at so many bytes or documents, so that others run in between. */
const sliceBytes = 512 * 1024;
const sliceDocs = 200;

/**
 * Writes every document to `path`, in slices, while the server goes on.
 *
 * The journal must have been rotated before: whatever changes during the walk is in the new journal too, and its
 * after-images put right what the walk saw too early or too late. Complete or not there: written beside, then renamed.
 */
export async function writeSnapshot(catalog: Catalog, home: string, path: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    for (const collection of [...catalog.all()]) await writeCollection(file, collection);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(home);
}

async function writeCollection(file: FileHandle, collection: Collection): Promise<void> {
  const records = new RecordBuffer();
  const { id, db, name } = collection;
  records.add(recordKind.createCollection, id, { db, name });
  for (const { spec } of collection.indexes) {
    if (spec.name !== '_id_') records.add(recordKind.createIndex, id, indexSpecToDoc(spec));
  }
  let docs = 0;
  // Younger documents are in the new journal; without an end the walk could chase them for ever.
  const end = collection.nextSequence;
  for (const slot of collection.slots()) {
    if (collection.isDropped || slot.sequence >= end) break;
    records.add(recordKind.put, id, slot.doc);
    docs++;
    if (docs % sliceDocs === 0 || records.length > sliceBytes) await file.writeFile(records.take());
  }
  await file.writeFile(records.take());
}
