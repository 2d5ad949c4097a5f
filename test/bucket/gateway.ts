import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import aws4 from 'aws4';
import { buildProgram } from '../cluster/binaries.ts';
import { freePort } from '../cluster/ports.ts';

export const REGION = 'us-east-1';

export interface GatewayOptions {
  /** PEM files; without them it speaks HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Where a folder is a bucket; by default a new one, removed at the end of the test file. */
  readonly folder?: string;
  readonly options?: readonly string[];
}

/** A versitygw: the S3 API over a folder, with signatures checked. It ends with the test file. */
export class Gateway {
  readonly folder: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly #options: GatewayOptions;
  readonly #program: string;
  #process: ChildProcess | undefined;

  private constructor(program: string, folder: string, port: number, options: GatewayOptions) {
    this.#program = program;
    this.folder = folder;
    this.port = port;
    this.#options = options;
    this.accessKeyId = `key${randomBytes(6).toString('hex')}`;
    this.secretAccessKey = randomBytes(16).toString('hex');
  }

  static async start(options: GatewayOptions = {}): Promise<Gateway> {
    const program = await buildProgram('versitygw');
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'motherload-gateway-'));
    const gateway = new Gateway(program, folder, await freePort(), options);
    after(async () => {
      await gateway.kill();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    });
    // A file that fails before its tests has no end of them.
    process.once('exit', () => gateway.#process?.kill('SIGKILL'));
    await gateway.restart();
    return gateway;
  }

  get endpoint(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://localhost:${this.port}`;
  }

  /** What a runner or a command needs to reach it. */
  get environment(): Record<string, string> {
    return {
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.secretAccessKey,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_S3: this.endpoint,
    };
  }

  /** Starts it again, with the same address and keys. */
  async restart(): Promise<void> {
    const { tls, options = [] } = this.#options;
    const certificate = tls === undefined ? [] : ['--cert', tls.certificate, '--key', tls.key];
    this.#process = spawn(
      this.#program,
      ['--port', `127.0.0.1:${this.port}`, '--quiet', ...certificate, 'posix', ...options, this.folder],
      {
        env: { ROOT_ACCESS_KEY_ID: this.accessKeyId, ROOT_SECRET_ACCESS_KEY: this.secretAccessKey, VGW_REGION: REGION },
        stdio: 'ignore',
      },
    );
    await untilListening(this.port);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  createBucket(name: string): string {
    mkdirSync(join(this.folder, name), { recursive: true });
    return name;
  }

  /** Through its API, so that the object has an ETag. */
  async put(bucket: string, key: string, content: Buffer): Promise<void> {
    const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`.replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    const host = `localhost:${this.port}`;
    const signed = aws4.sign(
      {
        ...{ host, path, service: 's3', region: REGION, method: 'PUT', body: content },
        headers: { Host: host, 'Content-Type': 'application/zip' },
      },
      this,
    );
    const response = await fetch(`${this.endpoint}${path}`, {
      method: 'PUT',
      body: new Uint8Array(content),
      headers: signed.headers as Record<string, string>,
    });
    if (!response.ok) throw new Error(`PUT ${key}: ${response.status} ${await response.text()}`);
  }
}

async function untilListening(port: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; ;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    if (Date.now() > deadline) throw new Error('the gateway does not listen');
    await wait(20);
  }
}
