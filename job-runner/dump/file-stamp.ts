import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** How a file differs from a later one of the same name. A type and no interface, so that it is a plain record for the ledger. */
export type FileStamp = {
  readonly bytes: number;
  /** In nanoseconds, as text: more digits than a number has. */
  readonly modified: string;
};

export function stampOf({ size, mtimeNs }: BigIntStats): FileStamp {
  return { bytes: Number(size), modified: String(mtimeNs) };
}

/** What is at this path, a link itself and not what it leads to; undefined where there is nothing. */
export async function findFile(path: string): Promise<BigIntStats | undefined> {
  return await lstat(path, { bigint: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}
