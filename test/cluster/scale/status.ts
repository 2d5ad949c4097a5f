import { madeUpRun } from '../../bin/report/made-up-run.ts';
import { PluginBed } from '../kubectl-plugin.ts';

/** How often the command is run. */
const TIMES = 5;

/** Seconds of `kubectl motherload status NAME` from its start to its end, each time, for a run of this many tables on a real apiserver. */
export async function measureStatus(tables: number): Promise<readonly number[]> {
  const bed = await PluginBed.start();
  try {
    await bed.installCustomResources();
    await bed.create('many', madeUpRun(tables));
    const seconds: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      const began = performance.now();
      const { code, stderr } = await bed.motherload('status', 'many');
      if (code !== 0) throw new Error(stderr);
      seconds.push((performance.now() - began) / 1000);
    }
    return seconds;
  } finally {
    await bed.stop();
  }
}
