import { ManifestError } from '../../crds/contract/errors.ts';
import { UNPACKER_VARIABLE } from '../../crds/contract/task.ts';
import { Inflater } from './inflater.ts';
import type { Unpacker } from './unpacker.ts';
import { ZlibUnpacker } from './zlib-unpacker.ts';

/**
 * The unpacker for a deflated entry. The variable is for the day on which a bug is found in ours
 * (docs/troubleshooting.md).
 */
export function acquireDeflateUnpacker(): Unpacker {
  const name = process.env[UNPACKER_VARIABLE] ?? '';
  if (name === '') return Inflater.acquire();
  if (name === 'zlib') return new ZlibUnpacker();
  throw new ManifestError('InvalidOption', `${UNPACKER_VARIABLE} must be zlib or unset, not ${name}`);
}
