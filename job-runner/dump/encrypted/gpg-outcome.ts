import {
  DataError,
  ManifestError,
  shorten,
  TransientError,
  type MotherloadError,
} from '../../../crds/contract/errors.ts';
import type { FrameEnd } from './message-frame.ts';

/** What gpg has said, and how it ended. */
export interface GpgEnd {
  /** The lines of --status-fd without their beginning: https://github.com/gpg/gnupg/blob/master/doc/DETAILS */
  readonly status: readonly string[];
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to standard error. */
  readonly errors: readonly string[];
  /** Undefined where the file was not read to its end, since gpg gave up before. */
  readonly frame: FrameEnd | undefined;
}

/** Error codes of libgpg-error, which are the lower 16 bits of what a status line has. */
const BAD_PASSPHRASE = 11;
const CANCELED = 99;
const NO_PIN_ENTRY = 85;

/**
 * Why a message is not to be trusted; undefined if all of it is what its sender encrypted. That is so only where gpg ended with 0 and said
 * DECRYPTION_OKAY and nowhere DECRYPTION_FAILED; DECRYPTION_INFO says nothing about it, since 2.2.40 names no integrity protection for OCB.
 */
export function problemOf(end: GpgEnd, file: string): MotherloadError | undefined {
  const { exitCode, signal, frame } = end;
  const has = (keyword: string) => end.status.some((line) => line === keyword || line.startsWith(`${keyword} `));
  if (signal !== null)
    return new TransientError('GpgDied', `gpg was killed by ${signal}: the dump is read again`, { file });
  const hasFailed = has('DECRYPTION_FAILED');
  if (exitCode === 0 && has('DECRYPTION_OKAY') && !hasFailed && frame === 'Whole') return undefined;
  if (!has('DECRYPTION_KEY') && !has('PLAINTEXT')) {
    const secret = secretProblem(end, file);
    if (secret !== undefined) return secret;
  }
  if (frame === 'Followed') {
    const message = has('BEGIN_DECRYPTION')
      ? 'bytes follow its OpenPGP message, or a second message does: create the dump as one message alone'
      : 'it is not one OpenPGP message: encrypt the ZIP with gpg --encrypt or gpg --symmetric';
    return new DataError(has('BEGIN_DECRYPTION') ? 'MessageFollowed' : 'MessageInvalid', message, { file });
  }
  if (has('NODATA') && !has('BEGIN_DECRYPTION')) {
    const message = 'it is not an OpenPGP message: encrypt the ZIP with gpg, or remove .gpg or .pgp from its name';
    return new DataError('MessageInvalid', message, { file });
  }
  if (frame === 'Truncated') {
    const message = 'it ends before its OpenPGP message does: copy the dump again';
    return new DataError('MessageTruncated', message, { file });
  }
  const said = shorten(end.errors.at(-1) ?? `gpg ended with ${exitCode ?? 'no code'}`);
  // A wrong passphrase gives a session key that looks right once in a while.
  const doubt = has('NEED_PASSPHRASE_SYM') ? ', or the passphrase is another one,' : '';
  const message = `its OpenPGP message is damaged or was changed${doubt} and nothing of it is loaded (${said}): copy or create the dump again`;
  return new DataError('MessageDamaged', message, { file });
}

/** What is missing for its decryption. */
function secretProblem({ status }: GpgEnd, file: string): MotherloadError | undefined {
  const of = (keyword: string) =>
    status.filter((line) => line.startsWith(`${keyword} `)).map((line) => line.slice(keyword.length + 1).split(' '));
  const codes = of('ERROR').map(([, code = '']) => Number.parseInt(code, 10) & 0xffff);
  if (codes.includes(BAD_PASSPHRASE)) {
    const message = 'the passphrase is not that of its key or message: correct the Secret of passphraseSecretRef';
    return new ManifestError('DecryptionPassphrase', `${message}, or the file of --gpg-passphrase-file`, { file });
  }
  if (codes.includes(NO_PIN_ENTRY) || codes.includes(CANCELED) || status.includes('CANCELED_BY_USER')) {
    const message = 'its key or message needs a passphrase, and none is given: set passphraseSecretRef';
    return new ManifestError('DecryptionPassphrase', `${message}, or --gpg-passphrase-file`, { file });
  }
  const [[missing] = []] = of('NO_SECKEY');
  if (missing !== undefined) {
    const message = `it is encrypted for the key ${missing}, whose secret part is not there: put that key into the Secret of keySecretRef`;
    return new ManifestError('DecryptionKeyMissing', `${message}, or give it with --gpg-key`, { file });
  }
  return undefined;
}

/** What the user should know of a message that was decrypted. */
export function warningsOf({ status }: Pick<GpgEnd, 'status'>): readonly string[] {
  const warnings: string[] = [];
  const has = (keyword: string) => status.some((line) => line === keyword || line.startsWith(`${keyword} `));
  if (has('KEYEXPIRED'))
    warnings.push('it is encrypted for a key that has expired: encrypt the next dumps for another one');
  if (has('KEYREVOKED'))
    warnings.push('it is encrypted for a key that was revoked: encrypt the next dumps for another one');
  return warnings;
}
