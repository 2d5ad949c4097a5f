import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

/** Free ports of the loopback address, chosen once and kept in a file, so that a process that starts again is found where it was. */
export async function keptPorts<Name extends string>(file: string, names: readonly Name[]): Promise<Readonly<Record<Name, number>>> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Record<Name, number>;
  const ports = Object.fromEntries(await freePorts(names)) as Record<Name, number>;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

/** All are held open until the last is found, so that no two are the same. */
async function freePorts<Name extends string>(names: readonly Name[]): Promise<[Name, number][]> {
  const [name, ...others] = names;
  if (name === undefined) return [];
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the loopback address gave no port');
  const found = await freePorts(others);
  await new Promise((resolve) => server.close(resolve));
  return [[name, address.port], ...found];
}
