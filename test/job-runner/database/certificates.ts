import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority and what it signs, as PEM files in a folder. */
export class Authority {
  readonly file: string;
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.file = join(folder, `${name}.crt`);
    openssl('req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-days', '2', '-keyout', this.#key, '-out', this.file);
  }

  /** A certificate for a host name, or for a client whose user has this name. */
  sign(name: string): { certificate: string; key: string } {
    const path = (ending: string) => join(this.#folder, `${this.#name}-${name}.${ending}`);
    const [request, extensions, certificate, key] = [path('csr'), path('ext'), path('crt'), path('key')];
    writeFileSync(extensions, `subjectAltName=DNS:${name}\n`);
    openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    const signer = ['-CA', this.file, '-CAkey', this.#key, '-CAcreateserial', '-days', '2', '-extfile', extensions];
    openssl('x509', '-req', '-in', request, ...signer, '-out', certificate);
    return { certificate, key };
  }

  get #key(): string {
    return join(this.#folder, `${this.#name}.key`);
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: 'pipe' });
}
