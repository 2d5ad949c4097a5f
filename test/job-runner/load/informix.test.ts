import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase } from '../../database.ts';
import { load } from './load-scene.ts';

suite("what Informix's UNLOAD writes", async () => {
  const database = await createTestDatabase();

  async function valuesOf(text: string, format: string): Promise<unknown[][]> {
    await database.query('DROP TABLE IF EXISTS v1_rides');
    const columns = { a: 'varchar', b: 'varchar' };
    const spec = `format: { header: false, quote: '', escape: '\\', nullMarker: '', ${format} }`;
    await load(database, { text, columns, mother: undefined, spec });
    return (await database.query('SELECT a, b FROM v1_rides ORDER BY ctid')).map((row) => Object.values(row));
  }

  test('is read with its empty string, a backslash and a blank, and NULL', async () => {
    const text = '\\ ||\n |x\\|y|\nl1\\\nl2|\\\\ |\n\\ z|\\ |\n';
    assert.deepEqual(await valuesOf(text, 'trailingDelimiter: true'), [
      ['', null],
      [' ', 'x|y'],
      ['l1\nl2', '\\ '],
      [' z', ''],
    ]);
  });

  test('is not taken for an escaped blank where one separates fields or ends records', async () => {
    assert.deepEqual(await valuesOf('\\  x\n', `delimiter: ' '`), [[' ', 'x']]);
    assert.deepEqual(await valuesOf('\\ |x ;', `recordTerminator: ' ;'`), [[' ', 'x']]);
  });
});
