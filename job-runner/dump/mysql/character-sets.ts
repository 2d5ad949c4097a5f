/** Our names of MySQL's character sets. https://dev.mysql.com/doc/refman/9.4/en/charset-charsets.html */
const ENCODINGS: Readonly<Record<string, string>> = {
  ...{ ascii: 'UTF8', utf8: 'UTF8', utf8mb3: 'UTF8', utf8mb4: 'UTF8', latin1: 'WIN1252', latin2: 'LATIN2' },
  ...{ latin5: 'LATIN5', latin7: 'LATIN7', cp1250: 'WIN1250', cp1251: 'WIN1251', cp1256: 'WIN1256', cp1257: 'WIN1257' },
  ...{ cp850: 'CP850', cp852: 'CP852', cp866: 'WIN866', koi8r: 'KOI8R', koi8u: 'KOI8U', greek: 'ISO88597' },
  ...{ hebrew: 'ISO88598', tis620: 'TIS620', macroman: 'MACINTOSH' },
};

/** Undefined for those whose characters have several bytes, and for rare ones. */
export function encodingOf(characterSet: string): string | undefined {
  return ENCODINGS[characterSet.toLowerCase()];
}

/** PostgreSQL's names of those whose characters have several bytes, in which each byte below 0x80 that begins one is ASCII. */
const MULTIBYTE: Readonly<Record<string, string>> = {
  ...{ sjis: 'SJIS', cp932: 'SJIS', ujis: 'EUC_JP', eucjpms: 'EUC_JP', euckr: 'UHC' },
  ...{ gb2312: 'GBK', gbk: 'GBK', gb18030: 'GB18030', big5: 'BIG5' },
};

export function multibyteEncodingOf(characterSet: string): string | undefined {
  return MULTIBYTE[characterSet.toLowerCase()];
}

/** Whether each character has at least two bytes, ASCII's as well. */
export function isWide(characterSet: string): boolean {
  return /^(?:ucs2|utf16(?:le)?|utf32)$/i.test(characterSet);
}
