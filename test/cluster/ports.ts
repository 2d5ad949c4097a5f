import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

/** Free ports of the loopback address, chosen once and stored in a file, so that a restarted process has the same port. */
export async function keptPorts<Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, number>>> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Record<Name, number>;
  const ports = Object.fromEntries(await freePorts(names)) as Record<Name, number>;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

/** A port of the loopback address that is free, and that no outgoing connection takes before its server does, or while that is down. */
export async function freePort(): Promise<number> {
  const [[, port] = ['', 0]] = await freePorts(['']);
  return port;
}

/** Below the range that the kernel uses for outgoing connections (32768 and above), which could take a port before its server does. */
const [FIRST, AFTER_LAST] = [20_000, 30_000];

/** All are kept open until the last is found, so that they differ. */
async function freePorts<Name extends string>(names: readonly Name[]): Promise<[Name, number][]> {
  const [name, ...others] = names;
  if (name === undefined) return [];
  for (let tries = 0; tries < 1000; tries++) {
    const port = randomInt(FIRST, AFTER_LAST);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    const found = await freePorts(others);
    await new Promise((resolve) => server.close(resolve));
    return [[name, port], ...found];
  }
  throw new Error(`the loopback address has no free port from ${FIRST} to ${AFTER_LAST}`);
}
