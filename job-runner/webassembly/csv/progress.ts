/** Records that have ended so far. */
export let records: u32 = 0;
/** Line feeds so far, those within values included. Only `toText` counts them. */
export let lines: u32 = 0;

export function beginProgress(): void {
  records = 0;
  lines = 0;
}

/** Line feeds of which each ends a record. */
export function countRecords(count: u32): void {
  records += count;
  lines += count;
}

export function countLine(): void {
  lines++;
}
