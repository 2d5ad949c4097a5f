import { readFileSync } from 'node:fs';
import picomatch from 'picomatch';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';
import { parseTypeMap, type TypeMap } from '../plan/type-map.ts';
import { toFileError } from './file-error.ts';

/** The built-in dialects, one file each in job-runner/plan/dialects. */
const BUILT_IN = ['mssql', 'mysql', 'postgresql'];

/** The dialect of a dump: the first rule whose glob fits its path, or its file name where the glob has no folder. */
export function dialectOf(dumpFile: string, format: Format): string {
  const rule = format.dialectRules.find(({ dump }) =>
    picomatch.isMatch(dumpFile, dump, { basename: !dump.includes('/'), nocase: true }),
  );
  return rule?.dialect ?? format.dialect;
}

/** Whether a dump comes from MySQL or MariaDB: its dialect is theirs, or extends it. */
export function isMysqlDialect(dialect: string, { dialects }: Format): boolean {
  const own = dialects.find(({ name }) => name === dialect);
  return (own === undefined ? dialect : own.extends) === 'mysql';
}

/** A dialect's type map; `dialectFiles` are the paths of the manifest's own type maps, by the dialect's name. */
export function readTypeMap(dialect: string, format: Format, dialectFiles: Readonly<Record<string, string>>): TypeMap {
  const own = format.dialects.find(({ name }) => name === dialect);
  if (own === undefined) return readBuiltIn(dialect, format);
  const text = readDialectFile(own, Object.hasOwn(dialectFiles, dialect) ? dialectFiles[dialect] : undefined);
  return parseTypeMap(dialect, text, own.extends === undefined ? undefined : readBuiltIn(own.extends, format));
}

function readDialectFile({ name, typesFrom }: Format['dialects'][number], path: string | undefined): string {
  try {
    if (path !== undefined) return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw toFileError(error, path ?? name);
  }
  const { name: configMap, key } = typesFrom.configMapKeyRef;
  const message = `the type map of dialect ${name} is missing: the ConfigMap ${configMap} must exist and have the key ${key}`;
  throw new ManifestError('DialectFileMissing', message);
}

/** A runner loads one table after the other, and most have the same dialect. */
const builtIn = new Map<string, TypeMap>();

export function builtInTypeMaps(): TypeMap[] {
  return BUILT_IN.map(builtInTypeMap);
}

function readBuiltIn(dialect: string, format: Format): TypeMap {
  if (!BUILT_IN.includes(dialect)) {
    const names = [...new Set([...BUILT_IN, ...format.dialects.map(({ name }) => name)])].join(', ');
    throw new ManifestError(
      'UnknownDialect',
      `there is no dialect ${dialect}: use one of ${names}, or add it to spec.format.dialects`,
    );
  }
  return builtInTypeMap(dialect);
}

function builtInTypeMap(dialect: string): TypeMap {
  const known = builtIn.get(dialect);
  if (known !== undefined) return known;
  const typeMap = parseTypeMap(
    dialect,
    readFileSync(new URL(`../plan/dialects/${dialect}.yaml`, import.meta.url), 'utf8'),
  );
  builtIn.set(dialect, typeMap);
  return typeMap;
}
