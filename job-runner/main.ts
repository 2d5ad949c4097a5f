/**
 * The runner's program. Node compiles modules at each start, and of sources it strips the types, unless it has a compile cache, with which the modules of a
 * load take 0.15 in place of 0.20 s of CPU (compiled by compile/main.js: 0.085 and 0.11). The cache must be enabled before the first of our modules is
 * loaded. NODE_COMPILE_CACHE in the environment takes precedence and covers this file as well: `motherload run` sets it.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Node's default is a folder that all users of the machine share, who could leave code there for each other.
const home = process.env['HOME'];
if (home !== undefined) enableCompileCache(join(home, '.cache', 'motherload', 'compiled'));
const { runTasks } = await import('./run-tasks.ts');
await runTasks();
