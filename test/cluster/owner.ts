import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTime } from './processes.ts';

/**
 * Which process has brought up what runs from a folder. As long as it is there nobody else uses or takes away what it is at work with; once
 * it has ended, anybody may.
 */
export const OWNER_FILE = 'owner.json';

export function takeOwnership(folder: string): void {
  const other = ownerOf(folder);
  if (other !== undefined && other !== process.pid)
    throw new Error(`process ${other} is at work with what is in ${folder}: wait for its end`);
  // Others may pass, not look: PostgreSQL, which is another user, has its data below.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify({ pid: process.pid, started: startTime(process.pid) }));
}

/** The owner's process number; undefined where it has ended. */
export function ownerOf(folder: string): number | undefined {
  const file = join(folder, OWNER_FILE);
  if (!existsSync(file)) return undefined;
  const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; started: string };
  return startTime(pid) === started ? pid : undefined;
}
