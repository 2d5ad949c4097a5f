import { DataError, shorten } from '../../../crds/contract/errors.ts';
import { comparableName } from '../../plan/source-name.ts';
import { findUnsafeName, type EntryNaming, type EntryRole } from '../entry-name.ts';
import { PACKED_EXTENSIONS } from '../packed-content.ts';

/** A schema and a table, of which each @ is encoded. `crm.json` and `@.done.json` are about no table. */
const TABLE = /^[^@]+@[^@]+$/;
const DATA = /^([^@]+@[^@]+)(?:@([^@]+))??(?:(@@?)(0|[1-9]\d{0,8}))?$/;

/**
 * The files of a table in a folder that MySQL Shell dumped: `crm@users.json` and beside it `crm@users.sql`, its data as `crm@users.tsv` or in chunks
 * as `crm@users@0.tsv.zst`, of which the last one has two @, with a partition's name before the number where there are partitions. By
 * modules/util/common/dump/utils.cc and modules/util/dump/dumper.cc of https://github.com/mysql/mysql-shell
 */
export function roleOfShellEntry(path: string, { datExtension }: EntryNaming): EntryRole | undefined {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const described = withoutExtension(file, '.json');
  if (described !== undefined) return TABLE.test(described) ? { table: described, part: 'SchemaFile' } : undefined;
  for (const packed of ['', ...PACKED_EXTENSIONS]) {
    const stem = withoutExtension(file, datExtension + packed);
    const [, table, partition = '', mark = '@@', number] = DATA.exec(stem ?? '') ?? [];
    if (stem === undefined || table === undefined) continue;
    if (number === undefined && partition === '') return { table: stem, part: 'Dat' };
    const chunk = { table, partition, number: Number(number ?? 0), mark: mark as '@' | '@@' };
    return { table: stem, part: 'Dat', chunk };
  }
  return undefined;
}

/**
 * Refuses a dump that was packed before it ended: MySQL Shell begins with `@.json` and ends with `@.done.json`, and loads none without it. The files of
 * single tables, without the first, say nothing of the others.
 */
export function refuseUnfinished(names: readonly string[]): void {
  for (const name of names) {
    if (!/(?:^|\/)@\.json$/.test(name)) continue;
    if (names.includes(name.replace(/json$/, 'done.json'))) continue;
    const message = `the dump has ${shorten(name, 100)} and no @.done.json, which MySQL Shell writes last, so tables or rows may be missing: create the dump again, and pack it after its end`;
    throw new DataError('DumpIncomplete', message);
  }
}

function withoutExtension(file: string, extension: string): string | undefined {
  return file.toLowerCase().endsWith(extension.toLowerCase()) ? file.slice(0, -extension.length) : undefined;
}

/** The table's name in lower case. Characters of ASCII that are not safe in file names are hexadecimal digits behind %. */
export function shellTable(stem: string): string {
  const table = TABLE.test(stem) ? stem.slice(stem.indexOf('@') + 1) : stem;
  const decoded = table.replaceAll(/%([0-7][0-9A-Fa-f])/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const unsafe = findUnsafeName(decoded);
  if (unsafe !== undefined) throw new DataError('UnsafeEntryName', `${unsafe}: create the dump again`);
  return comparableName(decoded);
}
