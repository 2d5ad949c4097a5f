/** Writes docs/troubleshooting.md from the list of error codes: `node docs/generate-troubleshooting.ts`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_SECTIONS } from '../crds/contract/error-codes.ts';
import type { ErrorEntry } from '../crds/contract/error-codes/error-entry.ts';
import { POSTGRESQL_ERRORS, type PostgresqlError } from '../crds/contract/error-codes/postgresql.ts';

export const TROUBLESHOOTING_FILE = join(import.meta.dirname, 'troubleshooting.md');

const HEADER = `<!-- Generated from crds/contract/error-codes.ts by docs/generate-troubleshooting.ts. Do not edit. -->
# Troubleshooting, by error code

Every error has a kind (who can fix it), a stable code, a message that says what to do, and a location: file, table, line (from 1, the header
included), column, and the record, shortened. \`motherload run\` prints errors at the end; in a cluster they are in the status.

| kind | what happens | who can fix it |
| --- | --- | --- |
| \`Data\` | The table fails at once; other tables are loaded. | Whoever creates the dumps. |
| \`Manifest\` | The table, or the run before its first table, fails at once. | Whoever writes the manifest or runs the database. |
| \`Transient\` | The task is retried \`spec.retry.limit\` times, with growing pauses. | Usually nobody needs to. |

Start with \`motherload validate\`, which finds errors in a manifest, and \`motherload plan\`, which finds errors in dumps and mother tables. Neither
changes anything.
`;

const POSTGRESQL_HEADER = `
## Errors of PostgreSQL
The code is \`Sql\` and PostgreSQL's [SQLSTATE](https://www.postgresql.org/docs/18/errcodes-appendix.html); the message is PostgreSQL's own. The
longest entry that matches decides the kind, with two exceptions: \`Sql23505\` in a system catalogue is Transient, since two sessions created
the same name at once; \`Sql22023\` outside of COPY is Manifest, since it is about a setting.

`;

const FOOTER = `
## Reasons of Kubernetes
If Kubernetes ended a Job, its reason takes the place of a code, for instance \`OOMKilled\` or \`DeadlineExceeded\`; the kind is Transient.
[conditions.md](conditions.md) lists the reasons of conditions and events.

## Unpacking with zlib
Deflated entries are unpacked by a WebAssembly module of Motherload. If you suspect a bug in it, set \`MOTHERLOAD_UNPACKER=zlib\`: the runners then use
Node's zlib, with the same checks and the same memory, for about twice the CPU time. With \`motherload run\` set it in the environment of the command; in
a cluster set it in the operator's, with the chart's \`extraEnv: [{ name: MOTHERLOAD_UNPACKER, value: zlib }]\`. If this helps, please report the bug.
`;

const TABLE_HEADER = '| code | kind | what it means, and what to do |\n| --- | --- | --- |\n';

export function renderTroubleshootingPage(): string {
  const sections = Object.entries(ERROR_SECTIONS).map(
    ([title, entries]) => `\n## ${title}\n${TABLE_HEADER}${Object.entries(entries).map(renderRow).join('')}`,
  );
  const postgresql = Object.entries(POSTGRESQL_ERRORS).map(([code, entry]) =>
    // Five characters are a SQLSTATE, two are a class.
    renderRow([code.length === 'Sql00000'.length ? code : `${code}…`, entry]),
  );
  return `${HEADER}${sections.join('')}${POSTGRESQL_HEADER}${TABLE_HEADER}${postgresql.join('')}${FOOTER}`;
}

function renderRow([code, { kind, text, remedy }]: [string, ErrorEntry & Pick<PostgresqlError, 'remedy'>]): string {
  const sentence = remedy === undefined ? '' : ` ${remedy.slice(0, 1).toUpperCase()}${remedy.slice(1)}.`;
  return `| \`${code}\` | ${kind} | ${text.replaceAll('|', '\\|')}${sentence} |\n`;
}

if (import.meta.main) writeFileSync(TROUBLESHOOTING_FILE, renderTroubleshootingPage());
