import { isWithinLimits, parsePostgresqlType } from './postgresql-type.ts';
import type { SourceType } from './source-type.ts';

/** One line of a type map: `decimal(p,s): numeric(p,s)`. */
export interface TypeRule {
  /** The source type's words, for instance `decimal unsigned`. */
  readonly words: string;
  /** Absent if the pattern has no parentheses: the rule then matches any parameters that no other rule matches. */
  readonly parameters?: readonly ParameterPattern[];
  /** The PostgreSQL type, perhaps with captured parameters: `timestamp(min(p,6))`. */
  readonly target: string;
  readonly conversion?: 'hex';
}

/** What a parameter must be: this text, a number in a range, or any integer, which is captured under a name. */
export type ParameterPattern =
  | { readonly kind: 'Literal'; readonly text: string }
  | { readonly kind: 'Range'; readonly from: number; readonly to: number }
  | { readonly kind: 'Name'; readonly name: string };

const PATTERN = /^([\p{L}_][\p{L}\p{N}_$#@]*(?: [\p{L}\p{N}_$#@]+)*)(?: ?\(([^()]*)\))?$/u;
const TARGET_PART = /min\( ?([a-z]\w*) ?, ?([0-9]+) ?\)|[a-z]\w*/g;

/** Parses a rule, or returns a sentence that says what is wrong with it. */
export function parseTypeRule(pattern: string, target: string, conversion?: 'hex'): TypeRule | string {
  const match = PATTERN.exec(pattern.trim().toLowerCase().replaceAll(/\s+/g, ' '));
  if (match === null) return 'the source type must be words and at most one list of parameters, such as decimal(p,s)';
  const parameters = match[2]?.split(',').map((text) => parseParameter(text.trim()));
  if (parameters?.includes(undefined)) return 'a parameter must be a name, a number, a range such as 1-24, or max';
  const rule: TypeRule = {
    words: match[1] ?? '',
    ...(parameters === undefined ? {} : { parameters: parameters.filter((parameter) => parameter !== undefined) }),
    target: target.trim().toLowerCase().replaceAll(/\s+/g, ' '),
    ...(conversion === undefined ? {} : { conversion }),
  };
  const names = (rule.parameters ?? []).flatMap((parameter) => (parameter.kind === 'Name' ? [parameter.name] : []));
  const sample = fillTarget(rule.target, new Map(names.map((name) => [name, '1'])));
  const type = sample === undefined ? undefined : parsePostgresqlType(sample);
  if (type === undefined)
    return `${target} must be a plain PostgreSQL type; its parameters must be numbers or names of the source type's parameters`;
  if (names.length === 0 && !isWithinLimits(type)) return `${target} has parameters that PostgreSQL does not accept`;
  if (conversion === 'hex' && type.name !== 'bytea') return `conversion: hex needs the type bytea, not ${target}`;
  return rule;
}

function parseParameter(text: string): ParameterPattern | undefined {
  const range = /^([0-9]{1,9})-([0-9]{1,9})$/.exec(text);
  if (range !== null) return { kind: 'Range', from: Number(range[1]), to: Number(range[2]) };
  if (/^[0-9]{1,9}$/.test(text) || text === 'max') return { kind: 'Literal', text };
  return /^[a-z]\w*$/.test(text) ? { kind: 'Name', name: text } : undefined;
}

/** How specific a rule is: literals take precedence over ranges, ranges over names, any parameters over none. */
export function specificityOf({ parameters }: TypeRule): number {
  const weights = { Literal: 4, Range: 3, Name: 2 };
  return (parameters ?? []).reduce((sum, { kind }) => sum + weights[kind], parameters === undefined ? 0 : 1);
}

/** Two rules with the same key match the same source types: the later one replaces the earlier one. */
export function ruleKey({ words, parameters }: TypeRule): string {
  const list = parameters?.map((parameter) => {
    if (parameter.kind === 'Name') return '*';
    return parameter.kind === 'Range' ? `${parameter.from}-${parameter.to}` : parameter.text;
  });
  return list === undefined ? words : `${words}(${list.join(',')})`;
}

/** The PostgreSQL type of a source type by this rule; undefined if the rule does not match or PostgreSQL would not accept the result. */
export function applyTypeRule(rule: TypeRule, source: SourceType): string | undefined {
  if (rule.parameters === undefined) return rule.target;
  if (rule.parameters.length !== source.parameters.length) return undefined;
  const captured = new Map<string, string>();
  for (const [index, pattern] of rule.parameters.entries()) {
    const text = source.parameters[index] ?? '';
    if (!matches(pattern, text)) return undefined;
    if (pattern.kind === 'Name') captured.set(pattern.name, String(Number(text)));
  }
  const target = fillTarget(rule.target, captured);
  const type = target === undefined ? undefined : parsePostgresqlType(target);
  return type !== undefined && isWithinLimits(type) ? target : undefined;
}

function matches(pattern: ParameterPattern, text: string): boolean {
  if (pattern.kind === 'Literal') return text === pattern.text;
  if (!/^-?[0-9]{1,9}$/.test(text)) return false;
  return pattern.kind === 'Name' || (Number(text) >= pattern.from && Number(text) <= pattern.to);
}

/** The target with its names replaced by the captured numbers; undefined if a name was not captured. */
function fillTarget(target: string, captured: ReadonlyMap<string, string>): string | undefined {
  const list = /\((.*)\)/.exec(target);
  if (list === null) return target;
  const inner = list[1] ?? '';
  const names = [...inner.matchAll(TARGET_PART)].map(([part, name]) => name ?? part);
  if (!names.every((name) => captured.has(name))) return undefined;
  const filled = inner.replaceAll(TARGET_PART, (part: string, name?: string, bound?: string) => {
    const value = captured.get(name ?? part) ?? '';
    return bound === undefined ? value : String(Math.min(Number(value), Number(bound)));
  });
  return target.replace(list[0], `(${filled})`);
}
