import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { SERVER_SETTINGS, type Server } from './server.ts';

/** The hardware and software that the results depend on. */
export async function describeMachine(server: Server, python: string): Promise<Readonly<Record<string, string>>> {
  const [version] = await server.query('SHOW server_version', 'postgres');
  const versions = 'import sys, psycopg2; print(sys.version.split()[0] + ", psycopg2 " + psycopg2.__version__)';
  return {
    processor: `${cpus().length} × ${cpus()[0]?.model ?? process.arch}`,
    memory: `${Math.round(totalmem() / 1e9)} GB`,
    PostgreSQL: `${String(version?.['server_version'])}, ${Object.entries(SERVER_SETTINGS)
      .map((setting) => setting.join(' = '))
      .join(', ')}`,
    'Node.js': process.version,
    Python: (await promisify(execFile)(python, ['-c', versions])).stdout.trim(),
  };
}
