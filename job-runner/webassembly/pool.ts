import { Instance, loadModule, type ExportKinds } from './loader.ts';

/**
 * The instances of a module that are not in use. V8 traverses its whole heap whenever some MB of WebAssembly memory are
 * new: 20 ms of CPU for each table, however small, in a runner that loads many (docs/benchmarks.md). So the next user
 * takes over the memory of the one before.
 */
export class InstancePool<Exports> {
  readonly #file: string;
  readonly #kinds: ExportKinds<Exports>;
  readonly #idle: Instance<Exports>[] = [];
  #module: WebAssembly.Module | undefined;

  constructor(file: string, kinds: ExportKinds<Exports>) {
    this.#file = file;
    this.#kinds = kinds;
  }

  acquire(): Instance<Exports> {
    this.#module ??= loadModule(this.#file, this.#kinds);
    return this.#idle.pop() ?? new Instance(this.#module);
  }

  /** To be called once, when nothing reads or writes the memory any more. */
  release(instance: Instance<Exports>): void {
    if (this.#idle.includes(instance)) throw new Error(`an instance of ${this.#file} was released twice`);
    this.#idle.push(instance);
  }
}
