import { RecordProblem } from '../copy/record-problem.ts';
import { describeRefusal, describeRefusals, type RefusedRow } from '../copy/refused-row.ts';
import type { TableCheck } from '../plan/judge-batch.ts';
import { keyColumns, type AskedRow, type KeyMatch, type TableKey } from '../plan/key-question.ts';
import type { ColumnRule } from '../plan/ruled-column.ts';
import { quoteIdentifier } from '../plan/sql.ts';
import type { TableRules } from './judged-table.ts';

type ProblemOf = RefusedRow['problemOf'];

const MAX_DESCRIBED = 1000;

/** What is said of a row that violates one of a table's rules: what PostgreSQL would say. */
export class RuleWords {
  readonly #columnRules: readonly ColumnRule[];
  readonly #checks: readonly TableCheck[];
  readonly #keys: readonly ReturnType<typeof describeKey>[];
  /** By PostgreSQL's message, which says which rule it is. */
  readonly #described = new Map<string, ReturnType<typeof describeRefusal>>();

  constructor({ ruled, checks, keys }: TableRules) {
    this.#columnRules = ruled.flatMap(({ rules }) => rules);
    this.#checks = checks;
    this.#keys = keys.map(describeKey);
  }

  /** The column whose type asks for what the row violates, if one does: its value is part of what is said. */
  columnOf({ rule }: AskedRow): string | undefined {
    return rule === null ? undefined : this.#columnRules[rule]?.column;
  }

  /** `value` is that of the column, undefined for NULL. */
  problemOf(asked: AskedRow, value: string | undefined): ProblemOf {
    if (asked.rule === null) return this.#ofKey(asked);
    const rule = this.#columnRules[asked.rule];
    if (rule !== undefined) return this.#describe(rule, rule.message(value ?? ''))(rule.column, value);
    const name = quoteIdentifier(this.#checks[asked.rule - this.#columnRules.length]?.name ?? '');
    const message = `the record violates the check constraint ${name}`;
    return (record) => new RecordProblem(record, 'Sql23514', message);
  }

  /** Many rows are refused with the same words, which take longer to find than all else about a row. */
  #describe({ sqlState: code, constraint }: ColumnRule, message: string): ReturnType<typeof describeRefusal> {
    const known = this.#described.get(message);
    if (known !== undefined) return known;
    const described = describeRefusal({ severity: 'ERROR', code, constraint, message });
    if (this.#described.size >= MAX_DESCRIBED) this.#described.clear();
    this.#described.set(message, described);
    return described;
  }

  #ofKey({ key, text }: KeyMatch): ProblemOf {
    const describe = this.#keys[key];
    if (describe === undefined) throw new Error(`there is no key ${key + 1}`);
    return describe(text);
  }
}

/** `text` is the key of the row. */
function describeKey(key: TableKey): (text: string) => ProblemOf {
  const { name: constraint } = key;
  const message = `duplicate key value violates unique constraint "${constraint}"`;
  const detailOf = (text: string) => `Key (${keyColumns(key)})=(${text}) already exists.`;
  return describeRefusals((text) => ({
    ...{ severity: 'ERROR', code: '23505', constraint, message, detail: detailOf(text) },
  }));
}
