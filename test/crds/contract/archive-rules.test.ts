import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manifestText } from '../../manifest.ts';
import { problemsOf } from './problems.ts';

const spec = (archive: string, more = '') => manifestText(`archive: { ${archive} }\n${more}`);
const from = (source: string, archive: string) => spec(archive).replace(/source: .*/, `source: { ${source} }`);
const BUCKET = 's3: { bucket: company-dumps, prefix: exports/crm }';
const ON_NODE = 'volume: { hostPath: { path: /srv } }';

const REFUSED: readonly [string, string, RegExp][] = [
  ['the folder of the dumps itself', spec('action: Move'), /archive\.path must be a folder of its own/],
  [
    'a folder around the dumps',
    from(`${ON_NODE}, path: in/crm`, 'action: Copy, path: in'),
    /must not be in spec\.arch/,
  ],
  [
    'the folder that the dumps are in',
    from(`${ON_NODE}, path: in/`, 'action: Copy, path: in'),
    /must not be in spec\.a/,
  ],
  ['a prefix around the dumps', from(BUCKET, 'action: Copy, path: exports'), /s3\.prefix must not be in spec\.archive/],
  ['a volume for a bucket', from(BUCKET, `action: Copy, path: old, ${ON_NODE}`), /volume is for dumps of a volume/],
  ['a web server', from('https: { urls: ["https://x.example/a_v1.zip"] }', 'action: Delete'), /are only read/],
  ['an image', from('volume: { image: { reference: x } }', 'action: Delete'), /which nobody can change/],
  ['tables dropped', spec('action: Delete', 'motherTables: { policy: Purge }\n'), /is Recreate or Purge/],
  ['dumps not loaded', spec('action: Delete, evenIfTablesFailed: true'), /what is not loaded would be lost/],
  ['a path that leads out', spec('action: Move, path: ../other'), /archive\.path must be a relative path/],
  ['a path of a glob', spec('action: Move, path: "old*"'), /archive\.path must be a relative path/],
  ['a name without a name', spec('action: Move, path: old, name: "{date}/a.zip"'), /must contain \{file\} or \{name\}/],
  [
    'a name that leads out',
    spec('action: Move, path: old, name: "../{file}"'),
    /archive\.name must be a relative path/,
  ],
  [
    'two volumes',
    spec(`action: Move, volume: { hostPath: { path: /a }, nfs: { server: a, path: /b } }`),
    /exactly one/,
  ],
];

describe('the rules of spec.archive', () => {
  for (const [what, text, problem] of REFUSED) {
    it(`refuse an archive that would be ${what}`, () => {
      assert.match(problemsOf(text), problem);
    });
  }

  it('accept the ways that there are', () => {
    const accepted = [
      spec('action: Keep'),
      spec('action: Delete'),
      spec('action: Move, path: archive/crm_v1.2, name: "{date}/{file}"'),
      spec(`action: Copy, ${ON_NODE}`),
      from(`${ON_NODE}, path: in`, 'action: Move, path: in/archive'),
      from(`${ON_NODE}, path: in`, 'action: Move, path: incoming'),
      from(BUCKET, 'action: Move, path: exports/crm/archive'),
      spec('action: Copy, path: old', 'motherTables: { policy: Recreate }\n'),
    ];
    for (const text of accepted) assert.equal(problemsOf(text), 'valid', text);
  });
});
