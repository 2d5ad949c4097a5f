import { Agent, request } from 'node:https';
import type { ControlPlane } from './control-plane.ts';

/** Requests to the apiserver by the administrator, many at the same time: kubectl writes one object after the other. */
export class ApiRequests {
  readonly #plane: ControlPlane;
  readonly #agent: Agent;

  constructor(plane: ControlPlane) {
    const { authority, certificate, key } = plane.certificates.read('admin');
    this.#plane = plane;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: authority, cert: certificate, key });
  }

  async send<Answer>(method: 'POST' | 'PUT', path: string, body: object): Promise<Answer> {
    const { address, apiserverPort } = this.#plane;
    return await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const sent = request(
        { host: address, port: apiserverPort, path, method, headers, agent: this.#agent },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () => {
            const text = Buffer.concat(parts).toString();
            if (response.statusCode === 200 || response.statusCode === 201) resolve(JSON.parse(text) as Answer);
            else reject(new Error(`${method} ${path}: ${text}`));
          });
        },
      );
      sent.on('error', reject).end(JSON.stringify(body));
    });
  }

  end(): void {
    this.#agent.destroy();
  }
}
