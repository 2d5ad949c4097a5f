/** Writes csv-to-text.wasm from csv-to-text.wat: `make generate`. */
import { readFileSync, writeFileSync } from 'node:fs';
import startWabt from 'wabt';

/** The module that csv-to-text.wasm must be. */
export async function assemble(): Promise<Uint8Array> {
  const wabt = await startWabt();
  const source = readFileSync(new URL('./csv-to-text.wat', import.meta.url), 'utf8');
  const module = wabt.parseWat('csv-to-text.wat', source, { simd: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

if (import.meta.main) writeFileSync(new URL('./csv-to-text.wasm', import.meta.url), await assemble());
