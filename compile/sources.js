import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the compiled programs, in the project's. */
export const COMPILED = 'compiled';
const LIST = join(COMPILED, 'sources.json');

/** Writes down which sources the programs were compiled of, each with its size and time. */
export function describeSources(root, files) {
  const sources = files.map((file) => [file, ...versionOf(root, file)]);
  writeFileSync(join(root, LIST), JSON.stringify(sources));
}

/** Whether the programs are compiled, and none of their sources has changed since: 600 files take 6 ms of CPU. */
export function isCompiled(root) {
  try {
    const sources = JSON.parse(readFileSync(join(root, LIST), 'utf8'));
    return sources.every(([file, ...known]) => {
      const [size, time] = versionOf(root, file);
      return size === known[0] && time === known[1];
    });
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** By a template, since `join` takes as long as looking at the file. */
function versionOf(root, file) {
  const { size, mtimeMs } = statSync(`${root}/${file}`);
  return [size, mtimeMs];
}
