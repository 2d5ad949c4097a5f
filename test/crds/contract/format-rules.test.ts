import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manifestText } from '../../manifest.ts';
import { read } from './problems.ts';

/** What contradicts only together with a preset, or in a single table, and the message that must come. */
const CONTRADICTIONS: [title: string, text: string, message: RegExp][] = [
  [
    'the record terminator of the dumps as delimiter of a table',
    manifestText('format: { recordTerminator: "&|", tables: [{ match: a, delimiter: "&|" }] }\n'),
    /tables\[0\]\.recordTerminator: .* are the same.*match: a/,
  ],
  [
    'the quote of the preset as delimiter',
    manifestText(`format: { preset: csv, delimiter: '"' }\n`),
    /\(preset: csv\)$/,
  ],
  [
    'the preset bcp-custom without its terminators',
    manifestText('format: { preset: bcp-custom, delimiter: "+|" }\n'),
    /spec\.format\.delimiter and spec\.format\.recordTerminator must be set with the preset bcp-custom/,
  ],
  [
    'an escape beside a preset without quotes',
    manifestText("format: { preset: mysql-tab, escape: '#' }\n"),
    /spec\.format\.escape: without a quote the only escape is a backslash.*\(preset: mysql-tab\)$/,
  ],
  [
    'the extension of the preset for schema files',
    manifestText('format: { preset: mysql-tab, schemaExtension: .txt }\n'),
    /datExtension are the same/,
  ],
  [
    'the quote of the preset as the delimiter of a table',
    manifestText(`format: { preset: csv, tables: [{ match: a, header: false }, { match: b*, delimiter: '"' }] }\n`),
    /spec\.format\.tables\[1\]\.quote: .* are the same character.*\(match: b\*, preset: csv\)$/,
  ],
  [
    'a bad field of a table',
    manifestText('format: { tables: [{ match: a, delimiter: x }] }\n'),
    /spec\.format\.tables\[0\]\.delimiter: spec\.format\.delimiter must be ASCII characters/,
  ],
  [
    'a table with nothing of its own',
    manifestText('format: { tables: [{ match: a }] }\n'),
    /tables\[0\]: must have at least 2 entries/,
  ],
  [
    'a field of a table that concerns whole dumps',
    manifestText('format: { tables: [{ match: a, datExtension: .txt }] }\n'),
    /tables\[0\]: unknown field "datExtension"/,
  ],
  [
    'an unknown preset',
    manifestText('format: { preset: excel }\n'),
    /spec\.format\.preset: must be one of reference, csv, /,
  ],
];

describe('a manifest', () => {
  for (const [title, text, message] of CONTRADICTIONS)
    it(`is refused with ${title}`, () => assert.throws(() => read(text), { code: 'InvalidManifest', message }));

  it('is told a problem of all its tables once', () => {
    const text = manifestText(
      `format: { quote: '|', tables: [{ match: a, header: false }, { match: b, header: false }] }\n`,
    );
    assert.throws(
      () => read(text),
      ({ message }: Error) => message.split('are the same').length === 2,
    );
  });

  it('may have tables whose fields go with the preset', () => {
    const text = manifestText(`format: { preset: csv, tables: [{ match: a, quote: '', escape: '\\' }] }\n`);
    assert.equal(read(text).ingestions.length, 1);
  });
});
