/** `node test/cluster/build.ts [PROGRAM ...]`: builds these programs of the test bed into the cache, or without a name all that `make test` needs. */
import { buildProgram, buildPrograms, isProgramName } from './binaries.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !isProgramName(name));
if (unknown.length > 0) throw new Error(`there is no program ${unknown.join(', ')} in test/cluster`);
if (names.length === 0) await buildPrograms().all;
for (const name of names.filter(isProgramName)) await buildProgram(name);
