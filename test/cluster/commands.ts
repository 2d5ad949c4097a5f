import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether to show the command's output while it runs, for commands that take minutes. */
  readonly show?: boolean;
}

/** Returns the command's output; if the command fails, the error contains it. */
export async function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd: options.folder,
    env: { ...process.env, ...options.environment },
    stdio: ['pipe', options.show === true ? 'inherit' : 'pipe', options.show === true ? 'inherit' : 'pipe'],
  });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => complaints.push(bytes));
  // If a command ends without reading its input, only its exit code counts.
  child.stdin?.on('error', () => undefined).end(options.input ?? '');
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'));
  });
  const text = Buffer.concat(output).toString();
  if (code === 0) return text;
  throw new Error(`${command.join(' ')} ended with ${code}:\n${text}${Buffer.concat(complaints).toString()}`.trim());
}

/** Before each further try, in seconds: a mirror or a proxy that fails is often there again soon, and npm, apt and go hardly try again themselves. */
const PAUSES = [3, 15, 45];

/** A certificate that is not trusted will not be trusted in a minute: as npm, go and buildah, and apt say it. */
const IS_UNTRUSTED = /\bCERT_|_CERT(?:_|\b)|UNABLE_TO_VERIFY|\bx509: |certificate verification/i;

/** The same for a command that downloads something. */
export async function runDownload(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  for (const pause of PAUSES) {
    try {
      return await runCommand(command, options);
    } catch (error) {
      if (IS_UNTRUSTED.test(String(error))) throw error;
      console.error(`${String(error)}\nTrying it again in ${pause} s.`);
      await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    }
  }
  return await runCommand(command, options);
}

/** Whether the command succeeds. */
export async function succeeds(command: readonly string[], options: CommandOptions = {}): Promise<boolean> {
  return await runCommand(command, options).then(
    () => true,
    () => false,
  );
}

/** Repeats the call until it succeeds; after the given time it fails with the last error. */
export async function eventually<Answer>(
  what: string,
  seconds: number,
  ask: () => Answer | Promise<Answer>,
): Promise<Answer> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what} took longer than ${seconds} s`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
