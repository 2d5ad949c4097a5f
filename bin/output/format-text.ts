import { counted, were } from '../../crds/contract/counted.ts';
import { describeFailure } from '../../crds/contract/errors.ts';
import type { Finding } from '../../job-runner/sniff/finding.ts';
import type { SniffedDump, SniffedTable } from '../../job-runner/sniff/sniff-dump.ts';

/** The block for `spec.format`, with its evidence as comments. */
export function formatText({ preset, fields, tables, skipped, others }: SniffedDump): string {
  const read = tables.filter(({ failure }) => failure === undefined).length;
  const differing = tables.filter((table) => table.fields.length > 0);
  return [
    `# With this format the beginning of ${read} of ${tables.length + skipped.length} tables is read.`,
    ...(others === 0 ? [] : [`# ${counted(others, 'more table')} ${were(others)} not inspected.`]),
    'format:',
    `  preset: ${preset}`,
    ...fields.map((finding) => `  ${pair(finding)} # ${finding.evidence}`),
    ...(differing.length === 0 ? [] : ['  tables:', ...differing.map(tableLine)]),
    ...tables.flatMap(({ table, failure }) =>
      failure === undefined ? [] : [`# ${table}: ${describeFailure(failure)}`],
    ),
    ...skipped.map(({ table, failure }) => `# ${table}: ${describeFailure(failure)}`),
    '',
  ].join('\n');
}

function tableLine({ table, fields }: SniffedTable): string {
  const evidence = fields.map(({ field, evidence: text }) => `${field}: ${text}`).join('; ');
  return `    - { match: ${JSON.stringify(table)}, ${fields.map(pair).join(', ')} } # ${evidence}`;
}

/** JSON's texts are texts of YAML. */
function pair({ field, value }: Finding): string {
  return `${field}: ${JSON.stringify(value)}`;
}
