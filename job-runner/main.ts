/**
 * The runner's program. Node strips the types of our modules and compiles them at each start unless it may keep the outcome; a catalogue of
 * nothing takes 0.11 in place of 0.28 s of CPU then, and 88 in place of 103 MB. It must be told before the first of our modules is loaded.
 * NODE_COMPILE_CACHE in the environment goes before this and covers this very file as well (0.09 s, 73 MB): `motherload run` sets it.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Node's own choice is a folder for all users of the machine, who could leave code there for each other.
const home = process.env['HOME'];
if (home !== undefined) enableCompileCache(join(home, '.cache', 'motherload', 'compiled'));
const { runTasks } = await import('./run-tasks.ts');
await runTasks();
