import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { encodeTaskLine } from '../../../crds/contract/task-line.ts';
import type { FinishTask } from '../../../crds/contract/task.ts';

describe('encodeTaskLine', () => {
  it('makes one line of a task, whatever line separators its names have', async () => {
    const task: FinishTask = {
      kind: 'Finish',
      ingestion: { namespace: 'default', name: 'nightly', run: 'run-1' },
      target: {
        databaseSecretRef: { name: 'database', key: 'uri' },
        schema: 'public',
        ledgerSchema: 'motherload',
        versionTableName: '{version}_{table}',
      },
      mothers: ['line\u2028separator', 'paragraph\u2029separator', 'cr\rlf\nnel\u0085'],
    };
    const lines: string[] = [];
    const input = Readable.from([Buffer.from(encodeTaskLine(task)), Buffer.from(encodeTaskLine(task))]);
    for await (const line of createInterface({ input })) lines.push(line);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [task, task],
    );
  });
});
