/** A column of a schema file. Names are compared in lower case, so they are kept in lower case. */
export interface SchemaColumn {
  readonly name: string;
  /** The type as the source database spells it, for instance `decimal(10,2)`. */
  readonly sourceType: string;
}

/** A column of a mother table as the database has it. */
export interface MotherColumn {
  readonly name: string;
  /** By `format_type`, for instance `numeric(10,2)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** A generated column cannot be loaded (COPY refuses it). */
  readonly generated: boolean;
}

export interface Mother {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly MotherColumn[];
  /** What binds its own rows alone (NO INHERIT): CHECK constraints by name, and columns that are NOT NULL. */
  readonly uninherited?: { readonly checks: readonly string[]; readonly notNull: readonly string[] };
}

/** A column of the version table. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: string;
  /** Mother: inherited. Schema: the version's own, from the schema file. Header: only the header knows it. */
  readonly origin: 'Mother' | 'Schema' | 'Header';
  /** Where COPY cannot take the source's spelling: the type it is loaded as, and the expression that makes the final value of it. */
  readonly conversion?: { readonly stagedType: string; readonly using: string };
}

/** How COPY reads the DAT file. */
export interface CopyFormat {
  readonly delimiter: string;
  /** Empty where nothing is quoted. */
  readonly quote: string;
  readonly escape: string;
  readonly nullMarker: string;
  /** PostgreSQL's name of the encoding. */
  readonly encoding: string;
}

/** Everything that is decided about one table before any byte of data is read. */
export interface TablePlan {
  readonly versionTable: { readonly schema: string; readonly name: string };
  readonly mother?: Mother;
  /** The mother's columns in the mother's order, then the version's own. */
  readonly columns: readonly PlannedColumn[];
  /** The columns of a DAT record, in its order. */
  readonly copyColumns: readonly string[];
  readonly format: CopyFormat;
  /** What a person should know, one sentence each. */
  readonly warnings: readonly string[];
  /**
   * SHA-256 over what decides the values of this table: loaded columns, their types and conversions, the names of those that only the schema
   * file has, the format. With the entry's CRC-32 and size it is the content that the ledger compares. Columns that only the mother has are left
   * out: a mother that grows changes no value.
   */
  readonly digest: string;
}
