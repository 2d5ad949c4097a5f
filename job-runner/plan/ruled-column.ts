import { quoteIdentifier, quoteLiteral } from './sql.ts';

/** What the type of a column asks of a value: PostgreSQL would refuse the record, with this SQLSTATE. */
export interface ColumnRule {
  readonly column: string;
  readonly sqlState: '22P02' | '23502' | '23514';
  /** A query over the column as `baseType`, of the table `batch`: one row, true for a value that is refused. */
  readonly violated: string;
  /** PostgreSQL's own, in English. */
  readonly message: (value: string) => string;
  /** The CHECK's name. */
  readonly constraint?: string;
}

/** A column whose type refuses more than its base type does, so that a column of the base type can take every value first. */
export interface RuledColumn {
  readonly name: string;
  /** The base type of a domain, text for an enum. */
  readonly baseType: string;
  /** A value that no rule refuses, as the column's own type. */
  readonly cast: string;
  /** The first one that is violated decides. */
  readonly rules: readonly ColumnRule[];
}

/** A type as pg_type has it, in the order from a column's own through those that a domain is over. */
export interface LinkedType {
  /** Of pg_type.typtype. */
  readonly kind: string;
  /** As `format_type` prints it, with its modifier. */
  readonly type: string;
  readonly name: string;
  readonly oid: string;
  readonly notNull: boolean;
  /** Quoted; null for a type that has none. */
  readonly collation: string | null;
  readonly checks: readonly { readonly name: string; readonly expression: string }[];
}

/** Undefined for a column that is neither of a domain nor of an enum. The collation is the column's own. */
export function ruledColumn(
  name: string,
  types: readonly LinkedType[],
  collation: string | null,
): RuledColumn | undefined {
  const [first, last] = [types[0], types.at(-1)];
  if (first === undefined || last === undefined || !['d', 'e'].includes(first.kind)) return undefined;
  const isEnum = last.kind === 'e';
  const column = `batch.${quoteIdentifier(name)}`;
  const value = isEnum ? `${column}::${last.type}` : column;
  const domains = types.filter(({ kind }) => kind === 'd');
  const checks = types.map((domain, index) =>
    checkRules(name, collated(value, types[index + 1]?.collation), domain, first.name),
  );
  return {
    ...{ name, baseType: isEnum ? 'text' : last.type },
    cast: collated(`(${quoteIdentifier(name)}::${first.type})`, collation),
    // NULL is asked after first, whichever domain allows none. A domain asks after the one that it is over.
    rules: [
      ...(isEnum ? [labelRule(name, last)] : []),
      ...(domains.some(({ notNull }) => notNull) ? [nullRule(name, value, first.name)] : []),
      ...checks.toReversed().flat(),
    ],
  };
}

function collated(expression: string, collation: string | null | undefined): string {
  return collation === null || collation === undefined ? expression : `${expression} COLLATE ${collation}`;
}

function labelRule(column: string, { name, oid }: LinkedType): ColumnRule {
  const labels = `SELECT enumlabel::text COLLATE "C" FROM pg_catalog.pg_enum WHERE enumtypid = ${quoteLiteral(oid)}`;
  return {
    ...{ column, sqlState: '22P02' },
    violated: `SELECT batch.${quoteIdentifier(column)} COLLATE "C" NOT IN (${labels})`,
    message: (value) => `invalid input value for enum ${name}: "${value}"`,
  };
}

/** Not IS NULL, which is true for a composite value of NULLs, too. Messages name the column's own domain, whichever asks. */
function nullRule(column: string, value: string, domain: string): ColumnRule {
  return {
    ...{ column, sqlState: '23502', violated: `SELECT ${value} IS NOT DISTINCT FROM NULL` },
    message: () => `domain ${domain} does not allow null values`,
  };
}

/**
 * A domain's expressions call the value VALUE, which is no reserved word: a column of that name takes its place. Its collation is that of the type that
 * the domain is over, whatever the domain's own is.
 */
function checkRules(column: string, value: string, { checks }: LinkedType, domain: string): ColumnRule[] {
  return checks.map(({ name, expression }) => ({
    ...{ column, sqlState: '23514', constraint: name },
    violated: `SELECT NOT (${expression}) FROM (SELECT ${value} AS value) AS of_domain`,
    message: () => `value for domain ${domain} violates check constraint "${name}"`,
  }));
}
