/** What lies at the start of the memory, by address. */
import { MARGIN_BYTES, NULL_MARKER } from '../abi';

/** Ten to the power of 0 to 15, as doubles. */
export const POWERS: usize = MARGIN_BYTES;
/** For each month, at the index that `monthIndex` gives, 4 bytes: its three letters and its number. */
export const MONTHS: usize = POWERS + 16 * 8;
export const TABLES_END: usize = MONTHS + 16 * 4;
if (TABLES_END > NULL_MARKER) ERROR('the tables need more memory than is before NULL_MARKER');

export function writeTables(): void {
  let power: f64 = 1;
  for (let exponent: usize = 0; exponent < 16; exponent++) {
    store<f64>(POWERS + exponent * 8, power);
    power *= 10;
  }
  writeMonths();
}

/** As MSSQL spells them, the first letter in the lowest byte. */
function writeMonths(): void {
  writeMonth(1, 0x6e614a); // Jan
  writeMonth(2, 0x626546); // Feb
  writeMonth(3, 0x72614d); // Mar
  writeMonth(4, 0x727041); // Apr
  writeMonth(5, 0x79614d); // May
  writeMonth(6, 0x6e754a); // Jun
  writeMonth(7, 0x6c754a); // Jul
  writeMonth(8, 0x677541); // Aug
  writeMonth(9, 0x706553); // Sep
  writeMonth(10, 0x74634f); // Oct
  writeMonth(11, 0x766f4e); // Nov
  writeMonth(12, 0x636544); // Dec
}

function writeMonth(month: u32, letters: u32): void {
  store<u32>(MONTHS + monthIndex(letters) * 4, letters | (month << 24));
}

/** A perfect hash of the twelve: the multiplier was found by trying. */
export function monthIndex(letters: u32): usize {
  return (letters * 26596) >>> 28;
}
