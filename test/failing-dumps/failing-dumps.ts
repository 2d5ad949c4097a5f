export { DAMAGED_DATS, MANY_ROWS } from './damaged-dats.ts';
export type { FailingDump } from './failing-dump.ts';
export { goodDump, USERS_DAT, USERS_SCHEMA, zipOf } from './good-dump.ts';
export { rawZip, type RawEntry } from './raw-zip.ts';
export { UNLOADABLE_TABLES } from './unloadable-tables.ts';
export { UNREADABLE_DUMPS } from './unreadable-dumps.ts';
