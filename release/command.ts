import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program in the folder and returns its output, at most 64 MB; an error has what the program wrote. */
export async function runProgram(folder: string, program: string, ...parameters: string[]): Promise<string> {
  const { stdout } = await run(program, parameters, { cwd: folder, maxBuffer: 2 ** 26 });
  return stdout;
}
