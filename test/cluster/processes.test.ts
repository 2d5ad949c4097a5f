import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { eventually } from './commands.ts';
import { freePort } from './ports.ts';
import { Processes } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-processes-'));
const processes = new Processes(folder);
after(async () => {
  await processes.remove('server', 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves if a server can have the port. */
async function take(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
}

describe('a process that was killed', () => {
  it('has let go of its port, whatever its threads and memory were', async () => {
    const port = await freePort();
    // Its memory is given back by one of its threads, before its files are closed.
    const script = `
      globalThis.memory = Buffer.alloc(5e8, 1);
      require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'));`;
    processes.start('server', [process.execPath, '--eval', script]);
    for (let kills = 0; kills < 5; kills++) {
      await eventually('the server', 30, async () => {
        await take(port).then(
          () => Promise.reject(new Error('the port is free')),
          () => undefined,
        );
      });
      await processes.stop('server', 'SIGKILL');
      await take(port);
      processes.startAgain('server');
    }
  });
});
