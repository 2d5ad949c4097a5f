import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Show what the command says as it says it, for those that take minutes. */
  readonly show?: boolean;
}

/** What a command printed; an error that quotes it where the command failed. */
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
  // A command that ends without reading its input is judged by its exit code alone.
  child.stdin?.on('error', () => undefined).end(options.input ?? '');
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'));
  });
  const said = Buffer.concat(output).toString();
  if (code === 0) return said;
  throw new Error(`${command.join(' ')} ended with ${code}:\n${said}${Buffer.concat(complaints).toString()}`.trim());
}

/** Whether the command ends well. */
export async function succeeds(command: readonly string[], options: CommandOptions = {}): Promise<boolean> {
  return await runCommand(command, options).then(
    () => true,
    () => false,
  );
}

/** Asks again and again until the answer is there, or fails with the last reason why not. */
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
