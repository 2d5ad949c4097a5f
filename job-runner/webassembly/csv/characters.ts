export const LINE_FEED: u32 = 10;
export const CARRIAGE_RETURN: u32 = 13;
export const BLANK: u32 = 32;
export const DASH: u32 = 45;
export const DOT: u32 = 46;
export const ZERO: u32 = 48;
export const COLON: u32 = 58;
