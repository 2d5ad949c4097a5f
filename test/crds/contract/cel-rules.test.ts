import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manifestText } from '../../manifest.ts';
import { FULL_TEMPLATE } from './full-template.ts';
import { MINIMAL, problemsOf, refusesEach, type BrokenRule } from './problems.ts';

const TWO_AUTHORITIES = 'caSecretRef: { name: a }, caConfigMapRef: { name: b }';

/** Each CEL rule of the CRD that a file can break, but for those with a test of their own field. */
const BROKEN_RULES: readonly BrokenRule[] = [
  [
    'an allowed rewrite that is no quantity',
    manifestText('motherTables: { allowRewrite: much }\n'),
    /allowRewrite must be a number of bytes/,
  ],
  ['quote = delimiter', manifestText('format: { quote: "|" }\n'), /are the same character/],
  ['escape = delimiter', manifestText('format: { escape: "|" }\n'), /escape and spec\.format\.delimiter are the same/],
  [
    'escape without quote',
    manifestText('format: { quote: "", escape: "x" }\n'),
    /without a quote the only escape is a backslash/,
  ],
  ['delimiter in the null marker', manifestText('format: { nullMarker: "a|b" }\n'), /contains the delimiter/],
  ['quote in the null marker', manifestText('format: { nullMarker: "`N" }\n'), /contains the quote/],
  [
    'an app in the version tables that the dumps do not have',
    manifestText('format: { dumpName: "{version}.zip" }\n').replace(
      'name: database }',
      'name: database }, versionTableName: "{app}_{table}"',
    ),
    /versionTableName contains \{app\}, but spec\.format\.dumpName does not/,
  ],
  ...['Recreate', 'Purge'].map((policy): BrokenRule => [
    `a DumpIngestion that deletes itself, and drops tables when it is applied again (${policy})`,
    manifestText(`motherTables: { policy: ${policy} }\nttlSecondsAfterFinished: 60\n`),
    /ttlSecondsAfterFinished must not be set if spec\.motherTables\.policy is Recreate or Purge/,
  ]),
  ['two authorities', MINIMAL.replace('target: {', `target: { tls: { ${TWO_AUTHORITIES} },`), /tls must not have both/],
  [
    'a schema of more than 63 bytes, in fewer characters',
    MINIMAL.replace('target: {', `target: { schema: ${'é'.repeat(32)},`),
    /spec\.target\.schema must have at most 63 bytes in UTF-8/,
  ],
  [
    'a ledger schema of more than 63 bytes',
    MINIMAL.replace('target: {', `target: { ledgerSchema: ${'𝒮'.repeat(16)},`),
    /spec\.target\.ledgerSchema must have at most 63 bytes in UTF-8/,
  ],
  [
    'equal extensions',
    manifestText('format: { schemaExtension: .txt, datExtension: .txt }\n'),
    /datExtension are the same/,
  ],
  [
    'extensions that differ only in case',
    manifestText('format: { datExtension: .JSON }\n'),
    /datExtension are the same/,
  ],
  ['a dump name without version', manifestText('format: { dumpName: "{app}.zip" }\n'), /must contain \{version\} once/],
  [
    'a dump name with two versions',
    manifestText('format: { dumpName: "{version}-{version}" }\n'),
    /must contain \{version\} once/,
  ],
  [
    'a dump name with two apps',
    manifestText('format: { dumpName: "{app}-{app}_{version}" }\n'),
    /may contain \{app\} only once/,
  ],
  [
    'a dump name with nothing between',
    manifestText('format: { dumpName: "{app}{version}.zip" }\n'),
    /must have text between \{app\} and/,
  ],
  [
    'a dump name with nothing between, version first',
    manifestText('format: { dumpName: "{version}{app}" }\n'),
    /text between/,
  ],
  [
    'a dump name with a folder',
    manifestText('format: { dumpName: "{app}/{version}.zip" }\n'),
    /must be a file name without \//,
  ],
  [
    'a version table without table',
    MINIMAL.replace('target: {', 'target: { versionTableName: "{version}",'),
    /must contain \{table\}/,
  ],
  [
    'a version table named as its mother',
    MINIMAL.replace('target: {', 'target: { versionTableName: "{table}",'),
    /the name of the mother table/,
  ],
  ['ledger in the target schema', MINIMAL.replace('target: {', 'target: { ledgerSchema: public,'), /must differ/],
  [
    'too many streams',
    manifestText('loading: { streamsPerTable: 33 }\n'),
    /must be Auto or a whole number from 1 to 32/,
  ],
  [
    'too many tables in a Job',
    manifestText('loading: { tablesPerJob: 101 }\n'),
    /tablesPerJob must be Auto or a whole number from 1 to 100/,
  ],
  [
    'streams in a word',
    manifestText('loading: { streamsPerTable: many }\n'),
    /must be Auto or a whole number from 1 to 32/,
  ],
];

describe('a CEL rule of the CRD', () => {
  refusesEach(BROKEN_RULES);

  it('accepts a manifest that satisfies it', () => {
    assert.equal(
      problemsOf(
        manifestText('format: { quote: "\\"", escape: "\\\\", delimiter: ";" }\nloading: { streamsPerTable: 3 }\n'),
      ),
      'valid',
    );
    const extension = manifestText('format: { dumpName: "{version}_{app}", schemaExtension: .schema.dat }\n');
    assert.equal(problemsOf(extension), 'valid');
    assert.equal(problemsOf(FULL_TEMPLATE), 'valid');
  });
});
