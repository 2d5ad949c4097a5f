import type { BinaryNotation } from './binary-notation.ts';
import type { DigestedPlan } from './plan-digest.ts';

/** A column of a schema file. Names are compared in lower case, so they are kept in lower case. */
export interface SchemaColumn {
  readonly name: string;
  /** The type as the source database spells it, for instance `decimal(10,2)`. */
  readonly sourceType: string;
  /** MySQL's name of the character set in which `mysqldump --tab` may have written its values. */
  readonly charset?: string;
  /** The encoding of its values, where they are known to be in another one than the file's. */
  readonly encoding?: string;
  /** How its bytes are written, where the source's own tool says so. */
  readonly binary?: 'Base64' | 'Hex';
}

/** A column as a dump's schema file has it: its name and type in PostgreSQL, whatever the mother makes of it. */
export interface DumpColumn {
  readonly name: string;
  readonly type: string;
}

/** What the values of a type of the user's own consist of: those of the types of a row, or bounds of one type. */
export interface TypeParts {
  readonly kind: 'Row' | 'Range';
  /** As `format_type` prints them, of domains their base types; `record` for what has parts itself. */
  readonly types: readonly string[];
}

/** A column of a mother table, as the database has it. */
export interface MotherColumn {
  readonly name: string;
  /** As `format_type` prints it, for instance `numeric(10,2)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** Where the type is a domain, or an array of one: its base type, likewise. */
  readonly baseType?: string;
  /** Where it is composite or a range of the user's own, or an array or a domain of such. */
  readonly parts?: TypeParts;
  /** A generated column cannot be loaded (COPY refuses it). */
  readonly generated: boolean;
}

export interface Mother {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly MotherColumn[];
  /** NO INHERIT constraints, which apply to its own rows alone: CHECK constraints by name, and columns that are NOT NULL. */
  readonly uninherited?: { readonly checks: readonly string[]; readonly notNull: readonly string[] };
}

/** A column of the version table. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
  /** Mother: inherited. Schema: the version's own, from the schema file. Header: only the header knows it. */
  readonly origin: 'Mother' | 'Schema' | 'Header';
  /** How the source writes its values, where it is a column of bytes or bits. */
  readonly binary?: BinaryNotation;
  /** The type that decides what becomes of a value, where it is another one: the base type of a domain. */
  readonly valueType?: string;
  /** Where it has a type of the user's own: what that consists of. */
  readonly parts?: TypeParts;
  /** As the schema file spells it. */
  readonly sourceType?: string;
  /** The encoding of its values, where that is not the file's. */
  readonly encoding?: string | undefined;
  /** Whether the source's type may have values that this one cannot keep. */
  readonly isLossy: boolean;
  /** Whether it has floating-point numbers, and the source's type has others, with digits that these may not keep. */
  readonly isExact?: boolean;
  /** Whether the source's type is a text, which this one is not. */
  readonly isFromText?: boolean;
  /** Where that is so because the mother has the column in a narrower type. */
  readonly narrowedBy?: { readonly mother: string; readonly sourceType: string };
}

/** How COPY reads the DAT file. */
export interface CopyFormat {
  readonly delimiter: string;
  /** Empty for LF or CRLF. */
  readonly recordTerminator: string;
  /** Whether fields but a record's last may have record ends in them, as bcp writes them. */
  readonly lineEndsInFields: boolean;
  /** Whether a text of one NUL byte is the empty one, as bcp writes it. */
  readonly nulIsEmpty: boolean;
  /** Empty where nothing is quoted. */
  readonly quote: string;
  readonly escape: string;
  readonly nullMarker: string;
  /** What a backslash outside of quotes is: data, MySQL's escape (within quotes, too), that of COPY's text format, or refused since it could be either. */
  readonly backslash: 'IsData' | 'Escapes' | 'EscapesLikeCopy' | 'IsRefused';
  /** PostgreSQL's name of the encoding. */
  readonly encoding: string;
  /** Whether a quoted field that is spelled like the null marker is NULL, too. */
  readonly quotedNull: boolean;
  /** Whether each record has a delimiter behind its last field. */
  readonly trailingDelimiter: boolean;
  /** Whether the source is PostgreSQL, some of whose values are words or years that no other source has. */
  readonly isPostgresql: boolean;
  readonly dateOrder: 'DMY' | 'MDY' | 'YMD' | undefined;
  readonly zeroDates: 'Null' | 'Fail' | 'Text';
  readonly decimalSeparator: '.' | ',' | undefined;
}

/** Everything that is decided about one table before any data is read. */
export interface TablePlan {
  readonly versionTable: { readonly schema: string; readonly name: string };
  readonly mother?: Mother;
  /** The mother's columns in the mother's order, then the version's own. */
  readonly columns: readonly PlannedColumn[];
  /** The columns of a DAT record, in its order. */
  readonly copyColumns: readonly string[];
  readonly format: CopyFormat;
  /** What the user should know, one sentence each. */
  readonly warnings: readonly string[];
  /**
   * SHA-256 of what determines the values in this table: the loaded columns with their types and notations, the names of columns that only the
   * schema file has, and the format. The ledger compares it together with the entry's CRC-32 and size. Columns that only the mother has are left
   * out: a mother that gains a column changes no value.
   */
  readonly digest: string;
  /** What the digest is of. */
  readonly digested: DigestedPlan;
  /** As the schema file has them. */
  readonly dumpColumns: readonly DumpColumn[];
}
