/** A dump with one thing wrong, named by what the user is to read. */
export interface FailingDump {
  readonly title: string;
  /** The reason in the catalogue or, for damage that only unpacking shows, the code of the load's error. */
  readonly reason: string;
  readonly message: RegExp;
  /** `*`: no table of the dump can be read. */
  readonly table: '*' | 'users';
  readonly build: () => Promise<Buffer>;
}
