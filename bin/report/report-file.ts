import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { fileProblem } from '../input/file-problem.ts';
import { reportPage } from './page.ts';
import type { RunReport } from './run-report.ts';

/** Refuses a file that cannot be written before hours of work, not after them. Nothing is written yet. */
export function refuseUnwritable(path: string): void {
  orRefuse(path, () => {
    if (!existsSync(path)) accessSync(dirname(path), constants.W_OK);
    else if (statSync(path).isDirectory()) throw new Error('it is a folder');
    else accessSync(path, constants.W_OK);
  });
}

export function writeReportFile(path: string, reports: readonly RunReport[], now: Date): void {
  orRefuse(path, () => writeFileSync(path, reportPage(reports, now)));
}

function orRefuse(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const message = `the report cannot be written (${fileProblem(error)}): choose another file`;
    throw new ManifestError('ReportFile', message, { file: path }, { cause: error });
  }
}
