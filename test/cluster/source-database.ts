import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { startMariadbServer } from '../mariadb-server.ts';
import type { Cluster } from './cluster.ts';
import { offerDatabase } from './installation.ts';
import { BRIDGE_ADDRESS } from './network.ts';
import { makeEmptyTenant } from './tenant.ts';
import { offerOutsideService } from './outside-service.ts';

const NAME = 'mariadb';
const NAMESPACE = 'source-databases';
const HOST = `${NAME}.${NAMESPACE}.svc`;
const PORT = 3316;
const ROWS = { v1_riders: 3, v1_rides: 200_000 };

/** A run that reads a MariaDB beside the cluster, by TLS and a user that may read and lock tables: a large table by two connections, and all tables as of one moment by one. */
export async function readsDatabase(cluster: Cluster): Promise<void> {
  const { certificates } = cluster;
  await certificates.make(NAME, { name: NAME, addresses: [HOST] });
  const tls = [`--ssl-cert=${certificates.certificate(NAME)}`, `--ssl-key=${certificates.key(NAME)}`];
  const server = await startMariadbServer({ port: PORT, options: [`--bind-address=${BRIDGE_ADDRESS}`, ...tls] });
  try {
    server.query(`CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
      CREATE TABLE rides (id int PRIMARY KEY, rider varchar(99));
      INSERT INTO rides SELECT seq, CONCAT('rider ', seq, REPEAT('.', 60)) FROM seq_1_to_${ROWS.v1_rides};
      CREATE TABLE riders (id int PRIMARY KEY, name varchar(20)) SELECT 1 AS id, 'Zoë' AS name UNION SELECT 2, '🐘' UNION SELECT 3, NULL;
      CREATE VIEW names AS SELECT name FROM riders;
      ANALYZE TABLE rides;
      CREATE USER reader@'%' IDENTIFIED BY 'pass/word' REQUIRE SSL; GRANT SELECT, LOCK TABLES ON shop.* TO reader@'%'`);
    await offerOutsideService(cluster, NAMESPACE, NAME, PORT);
    const tenant = await makeEmptyTenant(cluster, 'from-mariadb');
    await offerDatabase(cluster, 'from-mariadb');
    const uri = `mysql://reader:${encodeURIComponent('pass/word')}@${HOST}:${PORT}`;
    await tenant.apply('Secret', 'shop', { stringData: { uri } });
    await tenant.apply('Secret', 'shop-authority', {
      stringData: { 'ca.crt': readFileSync(certificates.authority, 'utf8') },
    });
    const database = {
      ...{ driver: 'mysql', schema: 'shop', version: 'v1', maxParallelReads: 4 },
      connectionSecretRef: { name: 'shop' },
      caSecretRef: { name: 'shop-authority' },
    };
    await tenant.ingest({ source: { volume: undefined, include: undefined, database }, format: undefined });
    await tenant.completes(ROWS);
    const skipped = (await tenant.tables()).filter(({ spec }) => spec.reason === 'NotATable');
    assert.deepEqual(
      skipped.map(({ spec }) => spec.table),
      ['names'],
    );
    // The large table, and only that, was read by several connections.
    assert.deepEqual(server.query("SHOW GLOBAL STATUS LIKE 'Com_unlock_tables'"), ['Com_unlock_tables\t1']);
    const asOfOneMoment = { ...database, version: 'v2', snapshot: 'AllTables' };
    const source = { volume: undefined, include: undefined, database: asOfOneMoment };
    await tenant.ingest({ source, format: undefined }, 'together');
    assert.equal((await tenant.ended('together')).phase, 'Complete');
    assert.deepEqual(await tenant.rows(), { ...ROWS, v2_riders: ROWS.v1_riders, v2_rides: ROWS.v1_rides });
    assert.deepEqual((await tenant.tasksOfJobs('together')).toSorted(), ['Catalogue', 'Finish', 'LoadBatch']);
  } finally {
    await server.stop();
  }
}
