import type { BucketTasks } from '../../../bucket/bucket-scene.ts';
import type { TestDatabase } from '../../../database.ts';
import { newScene, startScene, tasksOfMssql, uriOf, type SceneColumn } from '../../../source-database/mssql-scene.ts';
import * as wire from '../../../source-database/tds-tokens.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

export const ID: SceneColumn = { name: 'id', sys: ['int'], wire: wire.INT(4) };
export const RIDER: SceneColumn = { name: 'rider', sys: ['nvarchar', 120], wire: wire.NVARCHAR(60) };

export function rideValues(count: number, from = 1): Buffer[][] {
  return Array.from({ length: count }, (_, index) => [
    wire.int32(from + index),
    wire.utf16(`rider ${from + index} ${'.'.repeat(40)}`),
  ]);
}

export const scene = newScene({});
export const server = await startScene(scene);
export const folder = temporaryFolder();

/** The scene as each test begins with it: 1,000 rides. */
export function renewScene(): void {
  Object.assign(scene, newScene({ rides: { columns: [ID, RIDER], rows: rideValues(1000) } }));
}

export function tasks(more = ''): BucketTasks {
  return tasksOfMssql(folder, uriOf(server), more);
}

/** Whether no reader sees a version table. */
export async function isNothingLoaded(database: TestDatabase, table = 'v1_rides'): Promise<boolean> {
  const [found] = await database.query(`SELECT to_regclass('${table}') IS NULL AS gone`);
  return found?.['gone'] === true;
}
