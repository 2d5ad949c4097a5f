import type { TestDatabase } from '../../database.ts';

export const HEADER = 'ride_id|rider|price\n';
/** Enough for several chunks and both streams. */
export const ROWS = 60_000;

export const COLUMNS = { ride_id: 'int', rider: 'varchar', price: 'decimal(8,2)' };
export const MOTHER =
  'CREATE TABLE rides (ride_id integer NOT NULL CHECK (ride_id > 0), rider text, price numeric(8,2))';

const good = (id: number) => `${id}|\`rider\n${id % 97}\`|${id % 1000}.25`;

/** The records with the bad one in some places, as lines, and where they are. `lastField` is what all others have behind the three. */
export function fileWith(
  text: string,
  places: readonly number[],
  { lastField = '' }: { readonly lastField?: string } = {},
): { text: string; lines: number[]; offsets: number[] } {
  const records = Array.from({ length: ROWS }, (_, index) => good(index + 1) + lastField);
  for (const place of places) records[place] = text;
  const lines: number[] = [];
  const offsets: number[] = [];
  const header = lastField === '' ? HEADER : HEADER.replace('\n', '|extra\n');
  let [line, offset] = [2, header.length];
  for (const [index, record] of records.entries()) {
    if (places.includes(index)) {
      lines.push(line);
      offsets.push(offset);
    }
    line += record.split('\n').length;
    offset += record.length + 1;
  }
  return { text: `${header}${records.join('\n')}\n`, lines, offsets };
}

export async function rejectsOf(database: TestDatabase) {
  return await database.query(
    `SELECT rejects.record::int, line::int, byte_offset::int AS offset, column_name AS column, value, sqlstate, code, encode(raw, 'hex') AS raw
       FROM motherload.rejects JOIN motherload.loads USING (load_id) ORDER BY record`,
  );
}

/** Of the columns of the table, without the records of these places. */
export function sumsWithout(places: readonly number[]) {
  let [rows, ids, prices] = [0, 0, 0];
  for (let id = 1; id <= ROWS; id++) {
    if (places.includes(id - 1)) continue;
    rows++;
    ids += id;
    prices += (id % 1000) + 0.25;
  }
  return { rows, ids, prices, riders: rows };
}
