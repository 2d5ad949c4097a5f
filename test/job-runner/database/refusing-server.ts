import { createServer, type AddressInfo } from 'node:net';
import { after } from 'node:test';

/**
 * The port of a server that lets everybody in, takes prepared statements and answers every simple query with this error, as one without the
 * settings that are asked of it. https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
export async function startRefusingServer(fields: Readonly<Record<string, string>>): Promise<number> {
  const ready = message('Z', 'I');
  const refusal = message('E', `${Object.entries(fields).reduce((text, [field, value]) => `${text}${field}${value}\0`, '')}\0`);
  const answers: Readonly<Record<string, readonly Buffer[]>> = {
    P: [message('1', '')],
    B: [message('2', '')],
    D: [message('n', '')],
    E: [message('C', 'SELECT 0\0')],
    S: [ready],
    Q: [refusal, ready],
  };
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    let isIn = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!isIn) {
        received = received.subarray(received.readUInt32BE(0));
        socket.write(Buffer.concat([message('R', '\0\0\0\0'), ready]));
        isIn = true;
      }
      while (received.length >= 5 && received.length > received.readUInt32BE(1)) {
        const type = String.fromCharCode(received[0] ?? 0);
        received = received.subarray(1 + received.readUInt32BE(1));
        socket.write(Buffer.concat(answers[type] ?? []));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

function message(type: string, body: string): Buffer {
  const text = Buffer.from(body);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + text.length);
  return Buffer.concat([Buffer.from(type), length, text]);
}
