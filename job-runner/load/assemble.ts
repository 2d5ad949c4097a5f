/** Writes the WebAssembly modules from their sources: `make generate`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import startWabt from 'wabt';

/** Each module's bytes as its source makes them, by file name. */
export async function assemble(): Promise<Record<string, Uint8Array>> {
  return { 'csv-to-text.wasm': await assembleText(), 'text-to-binary.wasm': compileAssemblyScript() };
}

async function assembleText(): Promise<Uint8Array> {
  const wabt = await startWabt();
  const source = readFileSync(new URL('./csv-to-text.wat', import.meta.url), 'utf8');
  const module = wabt.parseWat('csv-to-text.wat', source, { simd: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/**
 * Without a heap or data of its own, since it works in the memory of the module before it. By the compiler's program: its types declare globals
 * that are AssemblyScript's, for all of our sources.
 */
function compileAssemblyScript(): Uint8Array {
  const compiler = fileURLToPath(new URL('../../node_modules/assemblyscript/bin/asc.js', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'motherload-assembly-'));
  try {
    const module = join(folder, 'module.wasm');
    const options = ['-O3', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '--noAssert', '--use', 'abort='];
    execFileSync(process.execPath, [compiler, 'text-to-binary.ts', '--outFile', module, ...options], {
      cwd: fileURLToPath(new URL('./assembly', import.meta.url)),
    });
    return readFileSync(module);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [name, bytes] of Object.entries(await assemble())) writeFileSync(new URL(name, import.meta.url), bytes);
}
