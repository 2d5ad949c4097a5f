import type { Server } from 'node:net';
import { once } from 'node:events';
import { ManifestError } from '../../crds/contract/errors.ts';

/** Listens on the port that an option gives. */
export async function listen(server: Server, port: number, option: 'port' | 'metrics-port'): Promise<void> {
  server.listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another program uses it' : `the system refuses it (${code})`;
    const message = `port ${port} of --${option} cannot be had: ${why}; choose another one`;
    throw new ManifestError('InvalidOption', message, {}, { cause: error });
  }
}
