import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { ControlPlane } from './control-plane.ts';

/** A proxy to the apiserver that can be cut or stop responding, as a network can. */
export interface UnreliableWay {
  readonly kubeconfig: string;
  /** Ends all connections at once; new ones are accepted. */
  cut(): void;
  /** From now on nothing is forwarded, but no connection is ended. */
  fallSilent(): void;
  /** Each answer takes this much longer. */
  slowDown(milliseconds: number): void;
  /** New connections are forwarded again; the silent ones remain silent. */
  restore(): void;
  close(): void;
}

class Delay extends Transform {
  constructor(milliseconds: () => number) {
    super({
      transform: (chunk: Buffer, _encoding, done) => {
        setTimeout(() => done(null, chunk), milliseconds());
      },
    });
  }
}

export async function makeUnreliableWay(plane: ControlPlane, kubeconfig = plane.kubeconfig): Promise<UnreliableWay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  let delay = 0;
  const server = createServer((client) => {
    const apiserver = connect(plane.apiserverPort, plane.address);
    const pair = [client, apiserver] as const;
    pairs.add(pair);
    client
      .on('error', () => undefined)
      .on('close', () => {
        apiserver.destroy();
        pairs.delete(pair);
      });
    // What it sent before it ended the connection, such as 410 to a watch, is still on its way.
    apiserver
      .on('error', () => undefined)
      .on('close', (hadError) => {
        if (hadError) client.destroy();
      });
    if (isSilent) return;
    client.pipe(apiserver);
    apiserver.pipe(new Delay(() => delay)).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = readFileSync(kubeconfig, 'utf8');
  const file = join(plane.folder, `unreliable-${(server.address() as AddressInfo).port}.kubeconfig`);
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(file, config.replace(`https://${plane.address}:${plane.apiserverPort}`, address), { mode: 0o600 });
  const cut = () => {
    for (const [client, apiserver] of pairs) {
      client.destroy();
      apiserver.destroy();
    }
  };
  return {
    kubeconfig: file,
    cut,
    fallSilent: () => {
      isSilent = true;
      for (const [client, apiserver] of pairs) {
        client.unpipe().pause();
        apiserver.unpipe().pause();
      }
    },
    slowDown: (milliseconds) => {
      delay = milliseconds;
    },
    restore: () => {
      isSilent = false;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
