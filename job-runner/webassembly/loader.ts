import { readFileSync } from 'node:fs';

/** For each export of a module: whether it is a function or a variable. */
export type ExportKinds<Exports> = {
  readonly [Name in keyof Exports]: Exports[Name] extends WebAssembly.Global ? 'global' : 'function';
};

/** Compiles one of the modules beside this file and checks that it exports what `Exports` says. */
export function loadModule<Exports>(file: string, kinds: ExportKinds<Exports>): WebAssembly.Module {
  const module = new WebAssembly.Module(readFileSync(new URL(file, import.meta.url)));
  const exported = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  for (const [name, kind] of [...Object.entries<string>(kinds), ['memory', 'memory'] as const]) {
    if (exported.get(name) === kind) continue;
    throw new Error(`${file} does not export a ${kind} named ${name}: run \`make generate\``);
  }
  return module;
}

/** A module that has been started, with a memory of its own. */
export class Instance<Exports> {
  readonly exports: Exports;
  readonly #memory: WebAssembly.Memory;
  #bytes: Buffer;

  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module);
    this.exports = exports as Exports;
    this.#memory = exports['memory'] as WebAssembly.Memory;
    this.#bytes = Buffer.from(this.#memory.buffer);
  }

  /** The whole memory. When it grows, this and all parts of it become invalid. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Makes the memory at least so large. */
  grow(bytes: number): void {
    const missing = Math.ceil((bytes - this.#bytes.length) / PAGE_BYTES);
    if (missing <= 0) return;
    this.#memory.grow(missing);
    this.#bytes = Buffer.from(this.#memory.buffer);
  }

  /**
   * What a call has put out between two addresses. Behind `limit` lies what belongs to others, such as a chunk that
   * waits for a socket: a module that goes beyond it and a host that trusts it must not meet.
   */
  output(start: number, end: number, limit: number): Buffer {
    if (end >= start && end <= limit) return this.#bytes.subarray(start, end);
    throw new Error(
      `a WebAssembly module returned ${end} as the end of its output, which must lie between ${start} and ${limit}: please report this bug`,
    );
  }
}

const PAGE_BYTES = 65536;
