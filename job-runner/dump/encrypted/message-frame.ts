/** Where a file ends, as the framing of its OpenPGP message says: with the message, within it, or behind it. */
export type FrameEnd = 'Whole' | 'Truncated' | 'Followed';

const ARMOUR_BEGIN = '-----BEGIN PGP MESSAGE-----';
const ARMOUR_END = '-----END PGP MESSAGE-----';
/** Symmetrically encrypted data (RFC 9580, 5.7), with integrity protection (5.13), and GnuPG's own with OCB. */
const ENCRYPTED_DATA = [9, 18, 20];

/** Follows the bytes of an encrypted file as they pass. What lies behind its message gpg refuses in one case and ignores in another. */
export interface MessageFrame {
  take(bytes: Buffer): void;
  end(): FrameEnd;
}

/** `start` are the file's first bytes. */
export function messageFrame(start: Buffer): MessageFrame {
  // The first bit of every packet is set (RFC 9580, 4.2), and of no character of an armoured message.
  return ((start[0] ?? 0) & 0x80) !== 0 ? new PacketFrame() : new ArmourFrame();
}

/** The lines of an armoured message. Its base64 has no dash. */
class ArmourFrame implements MessageFrame {
  #rest = '';
  #state: 'Before' | 'Within' | 'After' = 'Before';
  #isFollowed = false;

  take(bytes: Buffer): void {
    let text = this.#rest + bytes.toString('latin1');
    if (this.#state === 'Before') {
      const begin = text.indexOf(ARMOUR_BEGIN);
      if (begin >= 0) {
        this.#state = 'Within';
        text = text.slice(begin + ARMOUR_BEGIN.length);
      }
    }
    if (this.#state === 'Within') {
      const end = text.indexOf(ARMOUR_END);
      if (end >= 0) {
        this.#state = 'After';
        text = text.slice(end + ARMOUR_END.length);
      }
    }
    if (this.#state === 'After' && text.trim() !== '') this.#isFollowed = true;
    this.#rest = this.#state === 'After' ? '' : text.slice(-ARMOUR_BEGIN.length);
  }

  end(): FrameEnd {
    if (this.#isFollowed) return 'Followed';
    return this.#state === 'After' ? 'Whole' : 'Truncated';
  }
}

/**
 * The packets of a binary message: session keys, and then one with the encrypted data.
 *
 * ```
 *  Header ──length──▶ Body ──its end──▶ Header, or End behind the encrypted data
 *    ▲                  │ of a partial body: another length
 *    └──────────────────┘
 * ```
 */
class PacketFrame implements MessageFrame {
  #header: number[] = [];
  #isContinued = false;
  #isLast = false;
  /** Bytes of the body that are to come. */
  #left = 0;
  #hasEnded = false;
  #isFollowed = false;

  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#hasEnded) {
        this.#isFollowed = true;
        return;
      }
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
        if (this.#left === 0) this.#endBody();
        continue;
      }
      this.#header.push(bytes[at] ?? 0);
      at++;
      this.#readHeader();
    }
  }

  end(): FrameEnd {
    if (this.#isFollowed) return 'Followed';
    // A packet of indeterminate length ends with the file.
    return this.#hasEnded || (this.#isLast && this.#left === Infinity) ? 'Whole' : 'Truncated';
  }

  #endBody(): void {
    if (!this.#isContinued && this.#isLast) this.#hasEnded = true;
  }

  /** Once the header is complete: RFC 9580, 4.2. */
  #readHeader(): void {
    const [first = 0, ...rest] = this.#header;
    const length = this.#isContinued
      ? newLength(this.#header)
      : isNew(first)
        ? newLength(rest)
        : oldLength(first, rest);
    if (length === undefined) return;
    if (!this.#isContinued) this.#isLast = ENCRYPTED_DATA.includes(isNew(first) ? first & 0x3f : (first >> 2) & 0xf);
    this.#header = [];
    this.#isContinued = length.isPartial;
    this.#left = length.bytes;
    if (length.bytes === 0) this.#endBody();
  }
}

interface BodyLength {
  readonly bytes: number;
  /** Another length follows the body. */
  readonly isPartial: boolean;
}

function isNew(first: number): boolean {
  return (first & 0x40) !== 0;
}

/** Undefined where it needs more bytes. */
function newLength([first, ...rest]: readonly number[]): BodyLength | undefined {
  if (first === undefined) return undefined;
  if (first < 192) return { bytes: first, isPartial: false };
  if (first < 224)
    return rest[0] === undefined ? undefined : { bytes: ((first - 192) << 8) + rest[0] + 192, isPartial: false };
  if (first < 255) return { bytes: 2 ** (first & 0x1f), isPartial: true };
  return rest.length < 4 ? undefined : { bytes: bigEndian(rest), isPartial: false };
}

function oldLength(first: number, rest: readonly number[]): BodyLength | undefined {
  // Of indeterminate length: to the end of the file.
  if ((first & 3) === 3) return { bytes: Infinity, isPartial: false };
  return rest.length < 2 ** (first & 3) ? undefined : { bytes: bigEndian(rest), isPartial: false };
}

function bigEndian(bytes: readonly number[]): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}
