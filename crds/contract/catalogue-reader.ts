import type { TableIngestionSpec } from './generated.ts';
import { ListReader, type ListBounds } from './list-reader.ts';

export interface CatalogueBounds extends Pick<ListBounds, 'bytes' | 'isEntry'> {
  /** `spec.limits.maxTables` of the run. */
  readonly entries: number;
}

/** For our own runner on this machine: the maximum of `spec.limits.maxTables`, and its entries are trusted. */
const OWN_RUNNER: CatalogueBounds = { entries: 100_000, bytes: 256 * 1024 * 1024, isEntry: () => true };

/** An entry whose fields have the lengths that the CRD allows has 44,000 characters, each of which JSON may write as `\u0000`. */
const ENTRY_LENGTH = 288 * 1024;

/** Assembles a catalogue from a runner's reports. */
export class CatalogueReader extends ListReader<TableIngestionSpec> {
  constructor(bounds: CatalogueBounds = OWN_RUNNER) {
    super({
      ...bounds,
      ...{ entryLength: ENTRY_LENGTH, becomes: 'a TableIngestion', limitedBy: 'spec.limits.maxTables' },
    });
  }
}
