import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTime } from './processes.ts';

/**
 * Names the process that has started what runs in a folder. While it is running, no other process uses or removes it; after it has ended, any
 * may.
 */
export const OWNER_FILE = 'owner.json';

export function takeOwnership(folder: string): void {
  const other = ownerOf(folder);
  if (other !== undefined && other !== process.pid)
    throw new Error(`process ${other} is using ${folder}: wait until it has ended`);
  // Other users may enter but not list it: PostgreSQL runs as another user and has its data below.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // Another run of the tests may read it at any moment.
  const unfinished = join(folder, `${OWNER_FILE}.${process.pid}`);
  writeFileSync(unfinished, JSON.stringify({ pid: process.pid, started: startTime(process.pid) }));
  renameSync(unfinished, join(folder, OWNER_FILE));
}

/** The owner's process ID; undefined if there is none, if it has ended, or if it is removing the folder. */
export function ownerOf(folder: string): number | undefined {
  let text;
  try {
    text = readFileSync(join(folder, OWNER_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { pid, started } = JSON.parse(text) as { pid: number; started: string };
  return startTime(pid) === started ? pid : undefined;
}
