/** How an entry is encrypted that has the method 99. https://www.winzip.com/en/support/aes-encryption/ */
export interface AesField {
  /** AE-1. In AE-2 the CRC-32 is 0, and only the authentication code shows what was encrypted. */
  readonly hasCrc: boolean;
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** How it was packed before. */
  readonly method: number;
}

export const AES_METHOD = 99;
/** What follows the salt and shows a wrong password, and what follows the data and proves it. */
export const VERIFIER_BYTES = 2;
export const CODE_BYTES = 10;

const AES_FIELD = 0x9901;
const STRENGTHS: Readonly<Record<number, Pick<AesField, 'keyBytes' | 'saltBytes'>>> = {
  1: { keyBytes: 16, saltBytes: 8 },
  2: { keyBytes: 24, saltBytes: 12 },
  3: { keyBytes: 32, saltBytes: 16 },
};

/** Undefined where there is none, or none that we know. */
export function findAesField(
  extraFields: readonly { readonly id: number; readonly data: Buffer }[],
): AesField | undefined {
  const data = extraFields.find(({ id }) => id === AES_FIELD)?.data;
  if (data === undefined || data.length < 7 || data.toString('latin1', 2, 4) !== 'AE') return undefined;
  const [version, strength] = [data.readUInt16LE(0), STRENGTHS[data.readUInt8(4)]];
  if (strength === undefined || (version !== 1 && version !== 2)) return undefined;
  return { hasCrc: version === 1, ...strength, method: data.readUInt16LE(5) };
}

/** What is stored before and behind the packed bytes. */
export function overheadOf({ saltBytes }: AesField): number {
  return saltBytes + VERIFIER_BYTES + CODE_BYTES;
}
