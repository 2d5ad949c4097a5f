import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { motherload, temporaryFolder } from './cli.ts';

const SECRET = 'cor/rect@horse:bat%tery';

const COMMANDS = [
  'run',
  'plan',
  'sniff',
  'validate',
  'status',
  'rejects',
  'replay',
  'drift',
  'verify',
  'query',
  'postgres',
];

describe('motherload', () => {
  it('prints help with all its commands, and an example', async () => {
    const { code, stdout } = await motherload(['--help']);
    assert.equal(code, 0);
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    assert.match(stdout, /motherload run -f examples\/quickstart\.yaml --dumps examples\/dumps/);
    assert.match(stdout, /Exit codes: 0 all loaded, 1 some tables failed, 2 wrong usage or manifest/);
  });

  it('prints help for each command, with an example', async () => {
    for (const command of COMMANDS) {
      const { code, stdout } = await motherload([command, '--help']);
      assert.equal(code, 0, command);
      assert.match(stdout, /Examples?[:,]/, command);
      for (const line of stdout.split('\n')) assert(line.length <= 80 || line.startsWith('  '), line);
    }
  });

  it('says of keys and passwords what they default to, which for a dump alone is no Secret', async () => {
    const [of, without] = await Promise.all(['plan', 'sniff'].map((command) => motherload([command, '--help'])));
    assert.match(of?.stdout ?? '', /encrypted dumps \(default: the\s+manifest's Secret, or your own keys\)/);
    assert.match(without?.stdout ?? '', /encrypted dumps \(default: your\s+own keys\)/);
    assert.doesNotMatch(without?.stdout ?? '', /Secret/);
  });

  it('prints its version', async () => {
    const { code, stdout } = await motherload(['--version']);
    assert.deepEqual([code, stdout], [0, '0.1.0\n']);
  });

  it('refuses an unknown command, a mistyped option and a missing one with exit code 2, and points to the help', async () => {
    for (const [parameters, message] of [
      [['rum'], /unknown command 'rum'\n\(Did you mean run\?\)/],
      [['run', '--file', 'x.yaml', '--dump', '.'], /unknown option '--dump'\n\(Did you mean --dumps\?\)/],
      [['run'], /required option '-f, --file <file>' not specified/],
      [['status', '--output', 'xml'], /Allowed choices are table, json/],
      [['rejects', '--export', 'x.dat'], /--export needs a version table/],
      [['query'], /missing required argument 'sql'/],
      [
        ['status', '--database', 'postgresql://db/crm', '--data-folder', '/nowhere/at/all'],
        /'--data-folder <folder>' cannot be used with option '--database <uri>'/,
      ],
    ] as const) {
      const { code, stdout, stderr } = await motherload(parameters);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /--help/);
    }
  });
});

describe('motherload run and plan, before they start anything', () => {
  for (const command of ['run', 'plan']) {
    const refuses = async (parameters: readonly string[], message: RegExp, options: { input?: string } = {}) => {
      const { code, stdout, stderr } = await motherload([command, ...parameters], options);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      return stderr;
    };

    it(`${command} names a manifest that does not exist`, async () => {
      await refuses(
        ['-f', 'nowhere.yaml'],
        /^error: nowhere\.yaml: the manifest cannot be read: no such file or folder\n$/,
      );
    });

    it(`${command} names the line of bad YAML`, async () => {
      await refuses(['-f', '-'], /^error: standard input: not YAML: .*\(2:/s, { input: 'kind: [\n  : }' });
    });

    it(`${command} requires a DumpIngestion`, async () => {
      await refuses(['-f', '-'], /it contains no DumpIngestion; see examples\/quickstart\.yaml/, {
        input: 'kind: ConfigMap\nmetadata: { name: types }\n',
      });
    });

    it(`${command} asks for --dumps if the volume exists only in a cluster`, async () => {
      await refuses(
        ['-f', 'examples/quickstart.yaml'],
        /quickstart reads its dumps from a persistentVolumeClaim, .*: name a local folder with --dumps/,
      );
    });

    it(`${command} names a folder of dumps that does not exist or is a file`, async () => {
      await refuses(
        ['-f', 'examples/quickstart.yaml', '--dumps', '/nowhere'],
        /\/nowhere: the dumps cannot be read: no such folder; check --dumps and spec\.source\.path/,
      );
      await refuses(
        ['-f', 'examples/quickstart.yaml', '--dumps', 'README.md'],
        /README\.md: .*: it is a file, not a folder/,
      );
    });

    it(`${command} names a ConfigMap, and a key of one, that a dialect refers to and no file contains`, async () => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'dumps'));
      const manifest = join(folder, 'ingestion.yaml');
      const typesFrom = '{ configMapKeyRef: { name: types, key: types.yaml } }';
      writeFileSync(
        manifest,
        ingestion(`format: { dialects: [{ name: oracle, typesFrom: ${typesFrom} }] }`, join(folder, 'dumps')),
      );
      await refuses(
        ['-f', manifest],
        /the dialect oracle refers to the ConfigMap types of namespace default, which none of the files contains/,
      );
      await refuses(
        ['-f', manifest, '-f', '-'],
        /the dialect oracle refers to the key types\.yaml, which the ConfigMap types does not have: it has other\.yaml$/m,
        {
          input: 'kind: ConfigMap\nmetadata: { name: types }\ndata: { other.yaml: "" }\n',
        },
      );
    });

    it(`${command} never prints the password of a URI, not even of an invalid one`, async () => {
      const folder = temporaryFolder();
      const manifest = join(folder, 'ingestion.yaml');
      writeFileSync(manifest, ingestion('', folder));
      for (const uri of [
        `postgresql://loader:${SECRET}@127.0.0.1:1/x`,
        `mysql://loader:${SECRET}@db/x`,
        `postgresql://[${SECRET}`,
      ]) {
        for (const parameters of [['--database', uri], []]) {
          const secret = `kind: Secret\nmetadata: { name: database }\nstringData: { uri: ${JSON.stringify(uri)} }\n`;
          const { code, stdout, stderr } = await motherload([command, '-f', manifest, '-f', '-', ...parameters], {
            input: secret,
          });
          assert.notEqual(code, 0);
          assert.doesNotMatch(stdout + stderr, /cor\/rect|horse|bat%tery|battery/);
        }
      }
    });
  }
});

describe('motherload validate', () => {
  it('accepts the examples', async () => {
    const { code, stdout } = await motherload([
      'validate',
      '-f',
      'examples/quickstart.yaml',
      '-f',
      'examples/reference.yaml',
    ]);
    assert.deepEqual([code, stdout], [0, 'dumpingestion/quickstart is valid\ndumpingestion/reference is valid\n']);
  });

  it('lists every problem of a manifest, including those that CEL rules find, with exit code 2', async () => {
    const { code, stderr } = await motherload(['validate', '-f', '-'], {
      input: ingestion('loading: { onExisting: Maybe, threads: 3 }', '/x'),
    });
    assert.equal(code, 2);
    assert.match(stderr, /spec\.loading\.onExisting: must be one of Skip, Replace, Fail/);
    assert.match(stderr, /spec\.loading: unknown field "threads"/);
    const rule = await motherload(['validate', '-f', '-'], {
      input: ingestion('format: { delimiter: ";", quote: ";" }', '/x'),
    });
    assert.equal(rule.code, 2);
    assert.match(rule.stderr, /spec\.format\.quote and spec\.format\.delimiter are the same character/);
  });

  it('checks all files even if one of them is wrong', async () => {
    const parameters = ['validate', '-f', '-', '-f', 'examples/reference.yaml'];
    const { code, stdout, stderr } = await motherload(parameters, {
      input: 'kind: DumpIngestion\nmetadata: { name: x }\n',
    });
    assert.equal(code, 2);
    assert.match(stderr, /apiVersion: must be motherload\.dev\/v1alpha1/);
    assert.equal(stdout, 'dumpingestion/reference is valid\n');
  });

  it('names duplicates, also in different files, as the run does', async () => {
    const input = 'kind: DumpIngestion\napiVersion: motherload.dev/v1alpha1\nmetadata: { name: x }\n';
    const files = ['-f', 'examples/reference.yaml', '-f', 'examples/quickstart.yaml', '-f', 'examples/reference.yaml'];
    const { code, stdout, stderr } = await motherload(['validate', ...files, '-f', '-'], { input });
    assert.equal(code, 2);
    assert.equal(stdout, 'dumpingestion/reference is valid\ndumpingestion/quickstart is valid\n');
    assert.match(
      stderr,
      /^error: examples\/reference\.yaml: DumpIngestion default\/reference is defined twice, first in examples\/reference\.yaml: remove one$/m,
    );
    assert.match(stderr, /^error: standard input: DumpIngestion x is not valid/m);
  });

  it('warns about documents of other kinds, and succeeds', async () => {
    const input = `${ingestion('', '/x')}---\napiVersion: v1\nkind: Namespace\nmetadata: { name: crm }\n---\na: 1\n`;
    const { code, stdout, stderr } = await motherload(['validate', '-f', '-'], { input });
    const warnings = ['v1 Namespace', 'a document without a kind'].map(
      (what) => `warning: standard input: ${what} is ignored\n`,
    );
    assert.deepEqual([code, stdout, stderr], [0, 'dumpingestion/test is valid\n', warnings.join('')]);
  });

  it('prints one JSON document with --output json', async () => {
    const { code, stdout, stderr } = await motherload(
      ['validate', '-f', 'examples/quickstart.yaml', '-f', '-', '-o', 'json'],
      {
        input: 'a: [',
      },
    );
    const result = JSON.parse(stdout) as {
      valid: boolean;
      files: { file: string; valid: string[]; problem?: string }[];
    };
    assert.deepEqual([code, stderr, result.valid], [2, '', false]);
    assert.deepEqual(result.files[0]?.valid, ['dumpingestion/quickstart']);
    assert.match(result.files[1]?.problem ?? '', /not YAML/);
  });
});

function ingestion(lines: string, folder: string): string {
  return `apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: test }
spec:
  source: { volume: { hostPath: { path: ${folder} } } }
  target: { databaseSecretRef: { name: database } }
  ${lines}
`;
}
