/** What no byte is. */
export const NOTHING: u32 = 256;

/** Told by the host once, before the first conversion. */
export let columns: i32 = 0;
/** The address of a byte for each column: its kind. */
export let kinds: usize = 0;
export let marker: usize = 0;
export let markerBytes: i32 = 0;
export let delimiter: u32 = 0;
/** `NOTHING` where nothing is quoted; the escape is the quote where quotes are doubled. */
export let quote: u32 = 0;
export let escape: u32 = 0;
/** Latin-1 becomes UTF-8; other bytes stay as they are. */
export let isLatin1: i32 = 0;
/** The address of ten to the power of 0 to 15 as doubles. */
export let powers: usize = 0;
/** The address of sixteen words: for each month, where `monthSlot` says, its three letters and its number above them. */
export let months: usize = 0;
/** The address of room for a record. */
export let scratch: usize = 0;
