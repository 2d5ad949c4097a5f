import type { ArchiveEntry, DeclaredEntry } from './zip-entries.ts';

/** The entries of a ZIP as its directory has them, and what was derived from all of them: who reads many tables of a dump does neither again. */
export class DirectoryContents {
  readonly entries: readonly ArchiveEntry[];
  readonly #declared: ReadonlyMap<ArchiveEntry, DeclaredEntry>;
  #byName: ReadonlyMap<string, ArchiveEntry> | undefined;
  readonly #derived = new Map<string, { readonly by: string; readonly value: unknown }>();

  constructor(declared: ReadonlyMap<ArchiveEntry, DeclaredEntry>) {
    this.entries = [...declared.keys()];
    this.#declared = declared;
  }

  declared(entry: ArchiveEntry): DeclaredEntry {
    const declared = this.#declared.get(entry);
    if (declared === undefined) throw new Error(`${entry.name} is not an entry of this ZIP`);
    return declared;
  }

  /** The first entry of this name. */
  find(name: string): ArchiveEntry | undefined {
    this.#byName ??= new Map(this.entries.toReversed().map((entry) => [entry.name, entry]));
    return this.#byName.get(name);
  }

  /** What `compute` returns, which depends on nothing but the entries and `by`; the last one of each kind is kept. */
  derive<Value>(kind: string, by: string, compute: () => Value): Value {
    const known = this.#derived.get(kind);
    if (known?.by === by) return known.value as Value;
    const value = compute();
    this.#derived.set(kind, { by, value });
    return value;
  }

  /** The same for what has to be read. What failed is read again. */
  async deriveRead<Value>(kind: string, by: string, read: () => Promise<Value>): Promise<Value> {
    const reading = this.derive(kind, by, read);
    try {
      return await reading;
    } catch (error) {
      if (this.#derived.get(kind)?.value === reading) this.#derived.delete(kind);
      throw error;
    }
  }
}

let last: { readonly key: string; readonly contents: DirectoryContents } | undefined;

/**
 * The contents of a directory that was read last, or else of one that is read now. A runner opens the dump once for each of its tables, and reading
 * the 20,000 entries of 10,000 tables takes 0.1 s. `key` says which bytes the directory is of, and all that decides how it is read;
 * without one nothing is kept.
 */
export async function contentsOf(
  key: string | undefined,
  read: () => Promise<ReadonlyMap<ArchiveEntry, DeclaredEntry>>,
): Promise<DirectoryContents> {
  if (last !== undefined && last.key === key) return last.contents;
  const contents = new DirectoryContents(await read());
  if (key !== undefined) last = { key, contents };
  return contents;
}
