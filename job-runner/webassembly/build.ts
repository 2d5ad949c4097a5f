/** Writes the WebAssembly modules from their sources: `make generate`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The source of each module, by the file that is built from it. */
export const SOURCES: Readonly<Record<string, string>> = {
  'inflate.wasm': 'inflate/inflate.ts',
  'csv.wasm': 'csv/csv.ts',
  'checksum.wasm': 'checksum/checksum.ts',
  'packets.wasm': 'packets/packets.ts',
};

/**
 * Without a heap or data of its own, so that the memory is all ours (README.md). The compiler runs as a program,
 * because importing it would declare AssemblyScript's globals for all of our sources.
 */
export function compile(source: string): Buffer {
  const compiler = fileURLToPath(new URL('../../node_modules/assemblyscript/bin/asc.js', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'motherload-assembly-'));
  try {
    const module = join(folder, 'module.wasm');
    const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--use', 'abort='];
    execFileSync(process.execPath, [compiler, source, '--outFile', module, ...options], { cwd: import.meta.dirname });
    return readFileSync(module);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [file, source] of Object.entries(SOURCES)) writeFileSync(new URL(file, import.meta.url), compile(source));
}
