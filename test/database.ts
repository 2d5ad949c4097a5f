import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';

/** The newest and the oldest supported version, which the tests run on. */
export const SUPPORTED_VERSIONS = [18, 14] as const;
export type PostgresqlVersion = (typeof SUPPORTED_VERSIONS)[number];

/** The environment variables with the servers' URIs, set by `test/run.ts`. */
export const DATABASE_VARIABLES = { 18: 'TEST_POSTGRESQL_18', 14: 'TEST_POSTGRESQL_14' } as const;

export interface TestDatabase {
  readonly uri: string;
  readonly client: pg.Client;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** The URI of the server's database `motherload`. */
export function serverUri(version: PostgresqlVersion = 18): string {
  const uri = process.env[DATABASE_VARIABLES[version]];
  if (uri === undefined)
    throw new Error('no test servers: run the tests with `npm test` (or `npm test -- PART-OF-PATH`)');
  return uri;
}

/** Creates a database, which is dropped at the end of the test file (or of the suite in which this is called). */
export async function createTestDatabase(version: PostgresqlVersion = 18): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client(serverUri(version));
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  const uri = serverUri(version).replace('/motherload?', `/${name}?`);
  const client = new pg.Client(uri);
  await client.connect();
  after(async () => {
    await client.end();
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  });
  return { uri, client, query: async (sql, values) => (await client.query<Record<string, unknown>>(sql, values)).rows };
}
