import assert from 'node:assert/strict';
import type { LoadResult } from '../../../crds/contract/report.ts';
import { createTestDatabase, type TestDatabase } from '../../database.ts';
import { load, type Scene } from './load-scene.ts';

export type Rows = readonly (readonly (string | null)[])[];

/** The schema file of most scenes. */
export const COLUMNS = { a: 'varchar', b: 'varchar' };

export const UTF16LE = (text: string) => Buffer.from(text, 'utf16le').toString('latin1');

/** A database in which `v1_rides` is loaded again and again, below the mother `rides` in COPY's text format. */
export async function encodingsScene(version: 18 | 14): Promise<{
  readonly database: TestDatabase;
  readonly loadAnew: (scene: Scene) => Promise<LoadResult>;
  readonly loaded: () => Promise<Rows>;
}> {
  const database = await createTestDatabase(version);
  // No runner writes bpchar in COPY's binary format.
  await database.query('CREATE TABLE rides (a text, b bpchar)');

  async function loadAnew(scene: Scene): Promise<LoadResult> {
    await database.query('DROP TABLE IF EXISTS v1_rides');
    const result = await load(database, { columns: COLUMNS, ...scene });
    assert.equal(result.bytes, scene.text.length);
    return result;
  }

  async function loaded(): Promise<Rows> {
    return (await database.query('SELECT a, b FROM v1_rides ORDER BY ctid')).map(({ a, b }) => [a, b]) as Rows;
  }

  return { database, loadAnew, loaded };
}
