import { createCipheriv, createHmac, pbkdf2, type Cipheriv } from 'node:crypto';
import { promisify } from 'node:util';
import { DataError, ManifestError } from '../../../crds/contract/errors.ts';
import { CODE_BYTES, VERIFIER_BYTES, type AesField } from '../aes-field.ts';
import type { DumpReader, SequentialReader } from '../dump-reader.ts';
import { endsEarly } from '../read-entry.ts';
import { CHUNK_BYTES } from '../unpacker.ts';

/** Of WinZip's AES, which fixes them. https://www.winzip.com/en/support/aes-encryption/ */
const ITERATIONS = 1000;
const BLOCK_BYTES = 16;
/** Of the keystream that is made at once. */
const SLICE_BYTES = 64 * 1024;

/** An entry that its ZIP encrypts by AES. */
export interface AesEntry {
  readonly reader: Pick<DumpReader, 'openSequence'>;
  /** Salt and verifier, which lie before the packed bytes. */
  readonly head: Buffer;
  /** Where the packed bytes begin, and how many they are. */
  readonly start: number;
  readonly compressedBytes: number;
  readonly field: AesField;
  /** The authentication code by which the entry is known, if it is known by that. */
  readonly code: Buffer | undefined;
  /** How messages call it. */
  readonly file: string;
}

interface Keys {
  readonly cipher: Buffer;
  readonly code: Buffer;
}

/**
 * A reader of the packed bytes in the clear, by Node's own crypto: 500 MB/s, where zip.js has 60 to 80 and takes 50 ms to load. Whoever has read them
 * to the end has what was encrypted: the last ones are handed on once the authentication code has proved them all.
 */
export async function decryptEntry(entry: AesEntry, password: Buffer): Promise<Pick<DumpReader, 'openSequence'>> {
  const keys = await deriveKeys(entry, password);
  const open = (start: number, length: number) =>
    new DecryptedSequence(entry, keys, entry.reader.openSequence(start, length + CODE_BYTES), length);
  // Nobody reads what has no bytes.
  if (entry.compressedBytes === 0) await open(entry.start, 0).check();
  return { openSequence: open };
}

async function deriveKeys({ field, head, file }: AesEntry, password: Buffer): Promise<Keys> {
  const { keyBytes, saltBytes } = field;
  if (head.length < saltBytes + VERIFIER_BYTES) throw endsEarly(file);
  const length = 2 * keyBytes + VERIFIER_BYTES;
  const derived = await promisify(pbkdf2)(password, head.subarray(0, saltBytes), ITERATIONS, length, 'sha1');
  if (!derived.subarray(2 * keyBytes).equals(head.subarray(saltBytes, saltBytes + VERIFIER_BYTES))) {
    const message =
      'its password is another one: correct the Secret of spec.source.decryption.zip.passwordSecretRef, or the file of --zip-password-file';
    throw new ManifestError('ZipPassword', message, { file });
  }
  return { cipher: derived.subarray(0, keyBytes), code: derived.subarray(keyBytes, 2 * keyBytes) };
}

class DecryptedSequence implements SequentialReader {
  readonly #entry: AesEntry;
  readonly #input: SequentialReader;
  readonly #keystream: Keystream;
  readonly #hmac: ReturnType<typeof createHmac>;
  readonly #bytes: Buffer;
  #taken = 0;
  #filled = 0;
  /** Encrypted bytes that have not been read. */
  #left: number;

  constructor(entry: AesEntry, keys: Keys, input: SequentialReader, length: number) {
    this.#entry = entry;
    this.#input = input;
    this.#left = length;
    this.#keystream = new Keystream(keys.cipher);
    this.#hmac = createHmac('sha1', keys.code);
    this.#bytes = Buffer.alloc(Math.min(CHUNK_BYTES, Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES));
  }

  async read(target: Buffer): Promise<number> {
    if (this.#taken === this.#filled) await this.#fill();
    const copied = this.#bytes.copy(target, 0, this.#taken, this.#filled);
    this.#taken += copied;
    return copied;
  }

  mayReadAhead(): boolean {
    return this.#input.mayReadAhead?.() !== false;
  }

  close(): void {
    this.#input.close();
  }

  /** Of an entry without bytes. */
  async check(): Promise<void> {
    try {
      await this.#prove();
    } finally {
      this.close();
    }
  }

  /** Whole blocks, but at the end. */
  async #fill(): Promise<void> {
    [this.#taken, this.#filled] = [0, 0];
    const wanted = Math.min(this.#bytes.length, this.#left);
    if (wanted === 0) return;
    const bytes = this.#bytes.subarray(0, wanted);
    await this.#readWhole(bytes);
    this.#left -= wanted;
    this.#hmac.update(bytes);
    this.#keystream.apply(bytes);
    if (this.#left === 0) await this.#prove();
    this.#filled = wanted;
  }

  async #prove(): Promise<void> {
    const { file, code: known } = this.#entry;
    const code = Buffer.alloc(CODE_BYTES);
    await this.#readWhole(code);
    const isKnown = known === undefined || known.equals(code);
    if (isKnown && this.#hmac.digest().subarray(0, CODE_BYTES).equals(code)) return;
    const message =
      'its authentication code is not that of its bytes: it was damaged or changed after it was encrypted; copy or create the dump again (one wrong password in 65,536 looks like this, too)';
    throw new DataError('EntryCodeMismatch', message, { file });
  }

  async #readWhole(target: Buffer): Promise<void> {
    for (let filled = 0; filled < target.length;) {
      const read = await this.#input.read(target.subarray(filled));
      if (read === 0) throw endsEarly(this.#entry.file);
      filled += read;
    }
  }
}

/** AES in counter mode with a counter that begins with 1 and has its lowest byte first, which is none of the modes of OpenSSL. */
class Keystream {
  readonly #cipher: Cipheriv;
  readonly #counters = new DataView(new ArrayBuffer(SLICE_BYTES));
  #block = 1;

  constructor(key: Buffer) {
    this.#cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  }

  /** Decrypts the next bytes where they are: whole blocks, but at the end. Their memory is aligned, and has room for whole blocks. */
  apply({ buffer, byteOffset, length }: Buffer): void {
    for (let start = 0; start < length; start += SLICE_BYTES) {
      const blocks = Math.ceil(Math.min(SLICE_BYTES, length - start) / BLOCK_BYTES);
      const stream = this.#next(blocks);
      const key = new Uint32Array(stream.buffer, stream.byteOffset, blocks * 4);
      const words = new Uint32Array(buffer, byteOffset + start, blocks * 4);
      for (let index = 0; index < words.length; index++) words[index] = (words[index] ?? 0) ^ (key[index] ?? 0);
    }
  }

  #next(blocks: number): Buffer {
    for (let index = 0; index < blocks; index++, this.#block++) {
      this.#counters.setUint32(index * BLOCK_BYTES, this.#block % 2 ** 32, true);
      this.#counters.setUint32(index * BLOCK_BYTES + 4, Math.floor(this.#block / 2 ** 32), true);
    }
    return this.#cipher.update(new Uint8Array(this.#counters.buffer, 0, blocks * BLOCK_BYTES));
  }
}
