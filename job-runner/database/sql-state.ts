/** The SQLSTATEs that the runner acts on, by PostgreSQL's names. https://www.postgresql.org/docs/18/errcodes-appendix.html */
export const SQL_STATES = {
  characterNotInRepertoire: '22021',
  datatypeMismatch: '42804',
  dependentObjectsStillExist: '2BP01',
  insufficientPrivilege: '42501',
  invalidParameterValue: '22023',
  invalidSchemaName: '3F000',
  lockNotAvailable: '55P03',
  outOfMemory: '53200',
  programLimitExceeded: '54000',
  readOnlySqlTransaction: '25006',
  syntaxError: '42601',
  undefinedColumn: '42703',
  undefinedTable: '42P01',
  untranslatableCharacter: '22P05',
} as const;

type SqlState = (typeof SQL_STATES)[keyof typeof SQL_STATES];

/** The SQLSTATE of an error that the server sent; undefined for any other error. Errors of sockets and files have a `code`, too. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function hasSqlState(error: unknown, ...states: readonly SqlState[]): boolean {
  const found = sqlStateOf(error);
  return states.some((state) => state === found);
}
