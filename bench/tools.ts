import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian's packages of the programs that the other contenders need. */
const PACKAGES = { psql: 'postgresql-client', unzip: 'unzip', python3: 'python3', pgloader: 'pgloader' } as const;

/** Installs what the other contenders need, and returns a Python that has psycopg2. Its virtual environment is in `folder`. */
export async function prepareTools(folder: string): Promise<string> {
  const missing = [];
  for (const [program, name] of Object.entries(PACKAGES)) if (!(await works(program, '--help'))) missing.push(name);
  if (missing.length > 0) await installPackages(missing);
  return await pythonWithPsycopg2(folder);
}

async function pythonWithPsycopg2(folder: string): Promise<string> {
  const environment = join(folder, 'venv');
  const own = join(environment, 'bin', 'python3');
  const candidates = [own, 'python3', '/usr/bin/python3'];
  for (const python of candidates) if (await works(python, '-c', 'import psycopg2')) return python;
  try {
    if (!existsSync(own)) await run('python3', ['-m', 'venv', environment]);
    await run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'psycopg2-binary']);
    return own;
  } catch {
    await installPackages(['python3-psycopg2']); // Debian's python3 lacks venv and pip.
    return '/usr/bin/python3';
  }
}

async function works(program: string, ...parameters: string[]): Promise<boolean> {
  return await run(program, parameters).then(
    () => true,
    () => false,
  );
}

async function installPackages(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !(await works('apt-get', '--version'))) {
    throw new Error(
      `the benchmark needs programs that are not installed: install ${names.join(', ')} (Debian's package names)`,
    );
  }
  console.error(`installing ${names.join(', ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env: environment });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
    env: environment,
    maxBuffer: 1 << 26,
  });
}
