/**
 * The part of WebAssembly's JavaScript interface that is used here; TypeScript has it in `lib.dom` alone, with all of a
 * browser.
 */
declare namespace WebAssembly {
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- its instances are opaque
  class Module {
    constructor(bytes: Uint8Array);
    static exports(module: Module): { readonly name: string; readonly kind: string }[];
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Record<string, unknown>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Global {
    value: number;
  }
}

/** AssemblyScript's word for an address, which abi.ts uses. */
declare type usize = number;
