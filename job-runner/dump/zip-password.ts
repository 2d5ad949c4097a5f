/** What is known of the encryption that a ZIP itself has: how its password is read, or why there is none. */
export interface ZipEncryption {
  /** Throws where the Secret or file cannot be read. */
  readonly password?: (() => Promise<Buffer>) | undefined;
  /** Whether the ZIP is within an OpenPGP message. */
  readonly isWithinMessage?: boolean;
}

/** What reads a password, once an entry needs it. */
export function zipPasswordOf(file: string | undefined): ZipEncryption['password'] {
  if (file === undefined) return undefined;
  return async () => {
    const { readSecretLine } = await import('./encrypted/secret-line.ts');
    return await readSecretLine(file, { field: 'decryption.zip', word: 'password', code: 'ZipPassword' });
  };
}
