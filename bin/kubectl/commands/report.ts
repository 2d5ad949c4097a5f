import type { Command } from 'commander';
import { ownerUid } from '../../../operator/kubernetes/client/objects.ts';
import { print } from '../../output/print.ts';
import { refuseUnwritable, writeReportFile } from '../../report/report-file.ts';
import type { RunReport } from '../../report/run-report.ts';
import { reportText } from '../../report/text.ts';
import type { Kubectl } from '../kubectl.ts';
import { readIngestion, readTables } from '../read-objects.ts';
import { kubectlOf } from './options.ts';

const EXAMPLES = `
Examples:
  kubectl motherload report nightly
  kubectl motherload report nightly --html nightly.html
The page needs no other file. motherload run --report FILE writes the same page.`;

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .argument('<name>', 'a DumpIngestion')
    .description('print a report on a run: failures, rejects, slowest tables, drift, past runs')
    .option('--html <file>', 'write it as a page, with a chart of the tables over time')
    .addHelpText('after', EXAMPLES)
    .action(report);
}

async function report(name: string, { html }: { readonly html?: string }, command: Command): Promise<void> {
  if (html !== undefined) refuseUnwritable(html);
  const run = await readReport(kubectlOf(command), name);
  const now = new Date();
  if (html === undefined) {
    await print(`${reportText(run, now)}\n`);
    return;
  }
  writeReportFile(html, [run], now);
  await print(`the report of ${name} is in ${html}\n`);
}

async function readReport(kubectl: Kubectl, name: string): Promise<RunReport> {
  const namespace = await kubectl.namespace();
  const [ingestion, tables] = await Promise.all([readIngestion(kubectl, name), readTables(kubectl, name)]);
  return {
    name,
    namespace,
    ingestion: ingestion.status ?? {},
    tables: tables
      .filter((table) => ownerUid(table) === ingestion.metadata.uid)
      .map(({ metadata, spec, status = {} }) => ({ name: metadata.name, spec, status })),
  };
}
