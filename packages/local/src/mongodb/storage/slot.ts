import type { Doc } from '../values/doc.ts';
import type { Identity } from '../values/identity.ts';

/** The place of one document in a collection. It keeps its number for life, while the document is replaced. */
export type Slot = {
  readonly id: Identity;
  /** Rises with every insertion: the natural order. */
  readonly sequence: number;
  doc: Doc;
  /** Size of the document as BSON. */
  sizeBytes: number;
  /** False once the document was deleted. */
  isLive: boolean;
};
