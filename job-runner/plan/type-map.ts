import { load } from 'js-yaml';
import { ManifestError, shorten } from '../../crds/contract/errors.ts';
import { parseSourceType } from './source-type.ts';
import { applyTypeRule, parseTypeRule, ruleKey, specificityOf, type TypeRule } from './type-rule.ts';

/** A dialect's source types and what each becomes in PostgreSQL. `dialects/mssql.yaml` explains the format. */
export interface TypeMap {
  readonly dialect: string;
  /** The rules of a type's words, the most specific first. */
  readonly types: ReadonlyMap<string, readonly TypeRule[]>;
}

export interface MappedType {
  /** The PostgreSQL type; `text` where the dialect does not know the source type. */
  readonly type: string;
  readonly known: boolean;
  /** The source spells binary values in hexadecimal digits; COPY takes them as text, and `decode` makes bytes of them. */
  readonly conversion?: 'hex';
}

/** Far above any real type map; a manifest's ConfigMap holds at most 1 MiB. */
const LARGEST_TEXT = 262_144;
const MOST_TYPES = 2000;

/** A type map from YAML; its rules come before those of `base`, pattern by pattern. */
export function parseTypeMap(name: string, yamlText: string, base?: TypeMap): TypeMap {
  const rules = new Map([...(base?.types.values() ?? [])].flat().map((rule) => [ruleKey(rule), rule]));
  for (const [pattern, target] of entriesOf(name, yamlText)) {
    const rule = ruleOf(pattern, target);
    if (typeof rule === 'string') throw typeMapError(name, `${shorten(pattern, 60)}: ${rule}`);
    rules.set(ruleKey(rule), rule);
  }
  const ordered = [...rules.values()].sort((one, other) => specificityOf(other) - specificityOf(one));
  return { dialect: name, types: Map.groupBy(ordered, (rule) => rule.words) };
}

/** What a source type becomes, by the most specific rule whose result PostgreSQL takes. */
export function mapType(map: TypeMap, sourceType: string): MappedType {
  const source = parseSourceType(sourceType);
  for (const rule of map.types.get(source.words) ?? []) {
    const type = applyTypeRule(rule, source);
    if (type !== undefined)
      return { type, known: true, ...(rule.conversion === undefined ? {} : { conversion: rule.conversion }) };
  }
  return { type: 'text', known: false };
}

function entriesOf(name: string, yamlText: string): [string, unknown][] {
  if (yamlText.length > LARGEST_TEXT) throw typeMapError(name, `it is longer than ${LARGEST_TEXT} characters`);
  const document = parseYaml(name, yamlText);
  if (!isObject(document) || Object.keys(document).some((key) => key !== 'types') || !isObject(document['types'])) {
    throw typeMapError(
      name,
      'it must hold a map `types` and nothing else, for instance {types: {"decimal(p,s)": "numeric(p,s)"}}',
    );
  }
  const entries = Object.entries(document['types']);
  if (entries.length > MOST_TYPES)
    throw typeMapError(name, `it has ${entries.length} types; at most ${MOST_TYPES} are read`);
  return entries;
}

function parseYaml(name: string, yamlText: string): unknown {
  try {
    return load(yamlText);
  } catch (error) {
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ManifestError(
      'TypeMap',
      `the type map of the dialect ${name} is no valid YAML: ${said}`,
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
    return 'give a PostgreSQL type, or {type: bytea, conversion: hex}';
  }
  return parseTypeRule(pattern, target['type'], target['conversion'] as 'hex' | undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeMapError(name: string, problem: string): ManifestError {
  return new ManifestError('TypeMap', `the type map of the dialect ${name} cannot be used: ${problem}`);
}
