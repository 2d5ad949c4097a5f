import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { toFileError } from '../file-error.ts';
import type { DumpReader, SequentialReader } from '../dump-reader.ts';
import { gpgEnvironment, gpgMissing, type GpgSettings } from './gpg-home.ts';
import { problemOf, warningsOf, type GpgEnd } from './gpg-outcome.ts';
import { messageFrame, type FrameEnd, type MessageFrame } from './message-frame.ts';

const INPUT_BYTES = 256 * 1024;
const MAX_STATUS_LINES = 1000;
const MAX_ERROR_LINES = 20;

type Gpg = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A dump's plaintext from its first byte to the last, by a gpg of its own. Its bytes come long before it is known that nobody has changed them: only
 * who has seen the end, which is not reached otherwise, has what the sender encrypted.
 */
export class DecryptionStream {
  readonly #child: Gpg;
  readonly #file: string;
  readonly #input: SequentialReader;
  readonly #output: AsyncIterator<Buffer>;
  readonly #status: string[] = [];
  readonly #errors: string[] = [];
  readonly #ended: Promise<Pick<GpgEnd, 'exitCode' | 'signal'> | { readonly error: NodeJS.ErrnoException }>;
  readonly #fed: Promise<void>;
  #frame: MessageFrame | undefined;
  #isFed = false;
  #inputError: unknown;
  #isKilled = false;
  #chunk: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  /** Of the next byte. */
  position = 0;

  /** `file` is how messages call the dump. */
  constructor(encrypted: Pick<DumpReader, 'size' | 'openSequence'>, file: string, { home, passphrase }: GpgSettings) {
    this.#file = file;
    this.#input = encrypted.openSequence(0, encrypted.size);
    const parameters = [
      ...(home === undefined ? [] : ['--homedir', home]),
      ...['--batch', '--no-tty', '--status-fd', '3', '--trust-model', 'always', '--no-auto-key-retrieve'],
      ...pinentryOptions(home, passphrase),
      '--decrypt',
    ];
    // The passphrase goes through a pipe: arguments and environment can be read by others.
    const pipes = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    this.#child = spawn('gpg', parameters, { env: gpgEnvironment(), stdio: [...pipes] });
    const { stdin, stdout, stderr, stdio } = this.#child;
    const [, , , status, secret] = stdio as unknown as [Writable, Readable, Readable, Readable, Writable];
    for (const pipe of [stdin, secret]) pipe.on('error', () => undefined); // Its end says why.
    readLines(status, (line) => {
      if (this.#status.length < MAX_STATUS_LINES && !line.startsWith('[GNUPG:] PROGRESS'))
        this.#status.push(line.replace(/^\[GNUPG:\] /, ''));
    });
    readLines(stderr, (line) => {
      this.#errors.push(line);
      if (this.#errors.length > MAX_ERROR_LINES) this.#errors.shift();
    });
    secret.end(passphrase === undefined ? undefined : Buffer.concat([passphrase, Buffer.from('\n')]));
    this.#output = stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve({ error }));
      this.#child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    this.#fed = this.#feed(stdin).catch((error: unknown) => {
      this.#inputError = error;
      this.#child.kill('SIGKILL');
    });
  }

  /** What the user should know of the message; complete once its end was reached. */
  get warnings(): readonly string[] {
    return warningsOf({ status: this.#status });
  }

  /** The next bytes, valid as long as they are needed; undefined at the end of a message that is whole. Throws where it is not. */
  async next(): Promise<Buffer | undefined> {
    if (this.#chunk.length === 0) await this.#readChunk();
    const chunk = this.#chunk;
    this.#chunk = NOTHING;
    this.position += chunk.length;
    return chunk.length === 0 ? undefined : chunk;
  }

  async read(target: Buffer): Promise<number> {
    if (this.#chunk.length === 0) await this.#readChunk();
    const copied = this.#chunk.copy(target);
    this.#chunk = this.#chunk.subarray(copied);
    this.position += copied;
    return copied;
  }

  async skipTo(position: number): Promise<void> {
    while (this.position < position) {
      if (this.#chunk.length === 0) await this.#readChunk();
      if (this.#chunk.length === 0) return;
      const skipped = Math.min(this.#chunk.length, position - this.position);
      this.#chunk = this.#chunk.subarray(skipped);
      this.position += skipped;
    }
  }

  /** Reads on to the end. */
  async finish(): Promise<void> {
    while ((await this.next()) !== undefined);
  }

  /** Gives up what is left of it. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#isKilled = true;
    this.#child.kill('SIGKILL');
    this.#input.close();
    // A pipe with bytes that nobody reads stays open, and the process counts as one that has not ended.
    for (const pipe of this.#child.stdio) pipe?.destroy();
    await this.#ended;
    await this.#fed;
  }

  async #readChunk(): Promise<void> {
    if (this.#hasEnded) return;
    const next = await this.#output.next().catch(() => ({ done: true, value: undefined }) as const);
    if (next.done !== true) {
      this.#chunk = next.value;
      return;
    }
    await this.#judge();
    this.#hasEnded = true;
  }

  async #judge(): Promise<void> {
    const ended = await this.#ended;
    this.#input.close();
    await this.#fed;
    if ('error' in ended) throw ended.error.code === 'ENOENT' ? gpgMissing().at({ file: this.#file }) : ended.error;
    if (this.#inputError !== undefined && !this.#isKilled) throw toFileError(this.#inputError, this.#file);
    const problem = problemOf(
      { ...ended, status: this.#status, errors: this.#errors, frame: this.#frameEnd(ended) },
      this.#file,
    );
    if (problem !== undefined) throw problem;
  }

  /** A gpg that has what it needs does not read what follows. */
  #frameEnd({ exitCode }: Pick<GpgEnd, 'exitCode'>): FrameEnd | undefined {
    const end = this.#frame?.end();
    if (this.#isFed || end === 'Followed') return end;
    return exitCode === 0 ? 'Followed' : undefined;
  }

  /** Gives the file to gpg, two buffers in turn, until it has all of it or wants no more. */
  async #feed(stdin: Writable): Promise<void> {
    const buffers = [Buffer.allocUnsafe(INPUT_BYTES), Buffer.allocUnsafe(INPUT_BYTES)] as const;
    let writing: Promise<boolean> = Promise.resolve(true);
    try {
      for (let buffer: 0 | 1 = 0; ; buffer = buffer === 0 ? 1 : 0) {
        const length = await this.#input.read(buffers[buffer]);
        const bytes = buffers[buffer].subarray(0, length);
        if (length > 0) (this.#frame ??= messageFrame(bytes)).take(bytes);
        if (!(await writing)) return;
        if (length === 0) break;
        writing = new Promise((resolve) =>
          stdin.write(bytes, (error) => resolve(error === null || error === undefined)),
        );
      }
      this.#isFed = true;
    } finally {
      await writing;
      stdin.end();
    }
  }
}

const NOTHING = Buffer.alloc(0);

function pinentryOptions(home: string | undefined, passphrase: Buffer | undefined): readonly string[] {
  if (passphrase !== undefined) return ['--pinentry-mode', 'loopback', '--passphrase-fd', '4', '--no-symkey-cache'];
  // The user's own agent may ask for it, or know it.
  return home === undefined ? [] : ['--pinentry-mode', 'error', '--no-symkey-cache'];
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, 4096);
    for (const line of lines) onLine(line);
  });
}
