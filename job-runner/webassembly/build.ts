/** Writes the WebAssembly modules from their sources: `make generate`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import startWabt from 'wabt';

/** Each module's bytes as its source makes them, by the path of its file. */
export async function assemble(): Promise<Record<string, Uint8Array>> {
  return {
    'inflate.wasm': compileAssemblyScript('inflate/inflate.ts'),
    'csv-to-binary.wasm': compileAssemblyScript('csv/csv-to-binary.ts'),
    'csv-to-text.wasm': await assembleText('csv/csv-to-text.wat'),
  };
}

async function assembleText(source: string): Promise<Uint8Array> {
  const wabt = await startWabt();
  const module = wabt.parseWat(source, readFileSync(new URL(source, import.meta.url), 'utf8'), { simd: true });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** Without a heap or data of its own. By the compiler's program: its types declare globals that are AssemblyScript's, for all of our sources. */
function compileAssemblyScript(source: string): Uint8Array {
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
  for (const [path, bytes] of Object.entries(await assemble())) writeFileSync(new URL(path, import.meta.url), bytes);
}
