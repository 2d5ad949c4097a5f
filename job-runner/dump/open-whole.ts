import type { LoadTask } from '../../crds/contract/task.ts';
import type { Archive } from './archive.ts';
import { DatFile, openDump } from './dat-file.ts';
import type { TableData } from './table-data.ts';
import type { WholeSource } from './whole-source.ts';

/** Opens what these tables are read from together. */
export async function openWhole(tasks: readonly [LoadTask, ...LoadTask[]]): Promise<WholeSource> {
  const [{ database }] = tasks;
  if (database === undefined) return new WholeDump(await openDump(tasks[0]));
  const { SchemaSnapshot } = await import('./mysql-server/schema-snapshot.ts');
  return await SchemaSnapshot.open(tasks, database);
}

/** An encrypted dump is read once by whoever reads its entries in their order. */
class WholeDump implements WholeSource {
  readonly isAllOrNothing = false;
  readonly #archive: Archive;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  inOrder<Table extends { readonly task: LoadTask }>(tables: readonly Table[]): readonly Table[] {
    const positions = new Map(this.#archive.entries.map((entry) => [entry.name, this.#archive.positionOf(entry)]));
    // Of a table in chunks the name is that of the first and the last.
    const positionOf = ({ task }: Table) => positions.get(task.table.dat?.entry.split(' to ')[0] ?? '') ?? 0;
    return tables.toSorted((one, other) => positionOf(one) - positionOf(other));
  }

  async openTable(task: LoadTask, onBytes: (bytes: number) => void): Promise<TableData> {
    return await DatFile.openIn(this.#archive, task, onBytes);
  }

  async prove(): Promise<void> {
    await this.#archive.prove();
  }

  async close(): Promise<void> {
    await this.#archive.close();
  }
}
