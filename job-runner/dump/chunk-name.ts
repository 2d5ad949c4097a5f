/** What a file's name says of a table in chunks. */
export interface ChunkName {
  readonly table: string;
  readonly number: number;
  /** MySQL Shell numbers the chunks of each partition. */
  readonly partition?: string;
  /** MySQL Shell marks its last chunk. */
  readonly mark: '' | '@' | '@@';
}

/** `users.00000` and `users.1`, as of mydumper; `users@0` and, for the last one, `users@@1`, as of MySQL Shell. */
const CHUNK = /^(.+?)(?:\.(\d{1,9})|(@@?)(0|[1-9]\d{0,8}))$/;

export function chunkOf(name: string): ChunkName | undefined {
  const [, table, plain, mark = '', marked] = CHUNK.exec(name) ?? [];
  if (table === undefined) return undefined;
  return { table, number: Number(plain ?? marked), mark: mark as ChunkName['mark'] };
}
