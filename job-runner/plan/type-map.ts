import { load } from 'js-yaml';
import { ManifestError, shorten } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';
import { parseSourceType } from './source-type.ts';
import { applyTypeRule, parseTypeRule, ruleKey, specificityOf, type TypeRule } from './type-rule.ts';

/** The PostgreSQL types for a dialect's source types. `dialects/mssql.yaml` explains the format. */
export interface TypeMap {
  readonly dialect: string;
  /** The dialect that Motherload has itself and that this one is or extends; its own name where it extends none. */
  readonly family: string;
  /** The rules by the type's words, the most specific first. */
  readonly types: ReadonlyMap<string, readonly TypeRule[]>;
  /** Columns of days and moments are text, since some of their values are not days. */
  readonly hasDatesAsText?: boolean;
}

export interface MappedType {
  /** The PostgreSQL type; `text` if the dialect does not know the source type. */
  readonly type: string;
  readonly known: boolean;
  /** Its values are bytes, which the source writes as `spec.format.binaryValues` says. */
  readonly conversion?: 'hex';
}

/** Far above any real type map; a ConfigMap holds at most 1 MiB. */
const MAX_TEXT_LENGTH = 262_144;
const MAX_TYPES = 2000;

/** Parses a type map from YAML. Its rules replace those of `base` with the same pattern. */
export function parseTypeMap(name: string, yamlText: string, base?: TypeMap): TypeMap {
  const rules = new Map([...(base?.types.values() ?? [])].flat().map((rule) => [ruleKey(rule), rule]));
  for (const [pattern, target] of entriesOf(name, yamlText)) {
    const rule = ruleOf(pattern, target);
    if (typeof rule === 'string') throw typeMapError(name, `${shorten(pattern, 60)}: ${rule}`);
    rules.set(ruleKey(rule), rule);
  }
  const ordered = [...rules.values()].sort((one, other) => specificityOf(other) - specificityOf(one));
  return { dialect: name, family: base?.family ?? name, types: Map.groupBy(ordered, (rule) => rule.words) };
}

/** The map for a table whose zero dates are loaded so. */
export function withZeroDates(map: TypeMap, zeroDates: Format['zeroDates']): TypeMap {
  return zeroDates === 'Text' ? { ...map, hasDatesAsText: true } : map;
}

/** Maps a source type by the most specific rule whose result PostgreSQL accepts. */
export function mapType(map: TypeMap, sourceType: string): MappedType {
  const [, element] = map.family === 'postgresql' ? (/^(.*\S)\s*\[\d*\]\s*$/s.exec(sourceType) ?? []) : [];
  if (element !== undefined) {
    const { type, known } = mapType(map, element);
    // An array of arrays is the same type.
    return known ? { type: type.endsWith('[]') ? type : `${type}[]`, known } : { type: 'text', known };
  }
  // PostgreSQL's type of one byte, not char(1). Bytes beyond ASCII are spelled \303, since version 16, which its input takes since then alone.
  if (map.family === 'postgresql' && /^\s*"char"\s*$/i.test(sourceType)) return { type: 'text', known: true };
  const source = parseSourceType(sourceType);
  for (const rule of map.types.get(source.words) ?? []) {
    const type = applyTypeRule(rule, source);
    if (type !== undefined && map.hasDatesAsText === true && /^(?:date$|timestamp)/.test(type))
      return { type: 'text', known: true };
    if (type !== undefined)
      return { type, known: true, ...(rule.conversion === undefined ? {} : { conversion: rule.conversion }) };
  }
  return { type: 'text', known: false };
}

function entriesOf(name: string, yamlText: string): [string, unknown][] {
  if (yamlText.length > MAX_TEXT_LENGTH) throw typeMapError(name, `it is longer than ${MAX_TEXT_LENGTH} characters`);
  const document = parseYaml(name, yamlText);
  if (!isObject(document) || Object.keys(document).some((key) => key !== 'types') || !isObject(document['types'])) {
    throw typeMapError(
      name,
      'it must have a map `types` and nothing else, for instance {types: {"decimal(p,s)": "numeric(p,s)"}}',
    );
  }
  const entries = Object.entries(document['types']);
  if (entries.length > MAX_TYPES)
    throw typeMapError(name, `it has ${entries.length} types; at most ${MAX_TYPES} are allowed`);
  return entries;
}

function parseYaml(name: string, yamlText: string): unknown {
  try {
    return load(yamlText);
  } catch (error) {
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ManifestError(
      'TypeMap',
      `the type map of the dialect ${name} is not valid YAML: ${problem}`,
      {},
      { cause: error },
    );
  }
}

function ruleOf(pattern: string, target: unknown): TypeRule | string {
  if (typeof target === 'string') return parseTypeRule(pattern, target);
  const isKnown = isObject(target) && Object.keys(target).every((key) => key === 'type' || key === 'conversion');
  if (
    !isKnown ||
    typeof target['type'] !== 'string' ||
    !['hex', undefined].includes(target['conversion'] as string | undefined)
  ) {
    return 'it must be a PostgreSQL type, or {type: bytea, conversion: hex}';
  }
  return parseTypeRule(pattern, target['type'], target['conversion'] as 'hex' | undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeMapError(name: string, problem: string): ManifestError {
  return new ManifestError('TypeMap', `the type map of the dialect ${name} is not valid: ${problem}`);
}
