import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify({ pid: process.pid, started: startTime(process.pid) }));
}

/** The owner's process ID; undefined if it has ended. */
export function ownerOf(folder: string): number | undefined {
  const file = join(folder, OWNER_FILE);
  if (!existsSync(file)) return undefined;
  const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; started: string };
  return startTime(pid) === started ? pid : undefined;
}
