import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './commands.ts';

/** The owner of a certificate. Kubernetes uses name and group as user and group; a server has addresses. */
interface Identity {
  readonly name: string;
  readonly group?: string;
  readonly addresses?: readonly string[];
}

/** A certificate authority and its certificates, created by openssl in one folder. */
export class Certificates {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get authority(): string {
    return join(this.folder, 'authority.crt');
  }

  certificate(file: string): string {
    return join(this.folder, `${file}.crt`);
  }

  key(file: string): string {
    return join(this.folder, `${file}.key`);
  }

  read(file: string): { authority: Buffer; certificate: Buffer; key: Buffer } {
    return {
      authority: readFileSync(this.authority),
      certificate: readFileSync(this.certificate(file)),
      key: readFileSync(this.key(file)),
    };
  }

  async makeAuthority(): Promise<void> {
    if (existsSync(this.authority)) return;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    await this.#openssl('authority', '/CN=motherload test bed', []);
    // Service account tokens are signed with a separate key pair, which needs no certificate.
    const pair = [
      'openssl',
      'genpkey',
      '-algorithm',
      'RSA',
      '-pkeyopt',
      'rsa_keygen_bits:2048',
      '-out',
      this.key('service-accounts'),
    ];
    await runCommand(pair);
    await runCommand([
      'openssl',
      'pkey',
      '-in',
      this.key('service-accounts'),
      '-pubout',
      '-out',
      join(this.folder, 'service-accounts.pub'),
    ]);
  }

  async make(file: string, identity: Identity): Promise<void> {
    if (existsSync(this.certificate(file))) return;
    const alternatives = (identity.addresses ?? []).map((address) =>
      /^[\d.]+$/.test(address) ? `IP:${address}` : `DNS:${address}`,
    );
    await this.#openssl(file, `${identity.group === undefined ? '' : `/O=${identity.group}`}/CN=${identity.name}`, [
      ...['-CA', this.authority, '-CAkey', this.key('authority')],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'keyUsage=critical,digitalSignature'],
      ...['-addext', 'extendedKeyUsage=clientAuth,serverAuth'],
      ...(alternatives.length === 0 ? [] : ['-addext', `subjectAltName=${alternatives.join(',')}`]),
    ]);
  }

  async #openssl(file: string, subject: string, more: readonly string[]): Promise<void> {
    await runCommand([
      ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'],
      ...['-subj', subject, '-keyout', this.key(file), '-out', this.certificate(file), ...more],
    ]);
  }
}
