import { ManifestError } from '../../crds/contract/errors.ts';
import { UNPACKER_VARIABLE } from '../../crds/contract/task.ts';
import { Inflater } from './inflater.ts';
import { CHUNK_BYTES, StoredUnpacker, type Unpacker } from './unpacker.ts';
import { ZlibUnpacker } from './zlib-unpacker.ts';

/** The unpacker for an entry, to be released. The variable is for the day on which a bug is found in ours (docs/troubleshooting.md). */
export function acquireUnpacker(deflated: boolean, compressedBytes: number): Unpacker {
  if (!deflated) return new StoredUnpacker(Math.min(compressedBytes, CHUNK_BYTES));
  const name = process.env[UNPACKER_VARIABLE] ?? '';
  if (name === '') return Inflater.acquire();
  if (name === 'zlib') return new ZlibUnpacker();
  throw new ManifestError('InvalidOption', `${UNPACKER_VARIABLE} is ${name}: set it to zlib, or remove it`);
}
