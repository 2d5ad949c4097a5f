import { shorten, type Place } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { recordRules, type CopyInput } from './copy-input.ts';
import { DatFile } from './dat-file.ts';
import { RecordScanner } from './records.ts';

const LINE_FEED = 0x0a;
const KEPT_BYTES = 4096;

/**
 * The record that COPY complained about, with the line of the DAT file on which it begins. The bytes are long gone when PostgreSQL
 * complains, so the file is read again up to there; that happens only once, when the load has failed.
 */
export async function findRecord(task: LoadTask, unit: CopyInput['unit'], number: number): Promise<Pick<Place, 'line' | 'record'>> {
  const dat = await DatFile.open(task);
  try {
    const { quote, escape = quote } = task.format;
    const scanner = new RecordScanner(recordRules({ quote, escape }));
    const headerLines = task.format.header ? 1 : 0;
    let text = Buffer.alloc(0);
    let firstLine = 0;
    for await (const chunk of dat.chunks()) {
      for (let start = 0; start < chunk.length;) {
        const found = chunk.indexOf(LINE_FEED, start);
        const line = chunk.subarray(start, found === -1 ? chunk.length : found + 1);
        start += line.length;
        if (text.length < KEPT_BYTES) text = Buffer.concat([text, line.subarray(0, KEPT_BYTES)]);
        if (scanner.scan(line) === 0) continue;
        if ((unit === 'line' ? scanner.lines : scanner.records) >= number) return describe(firstLine + headerLines, text);
        text = Buffer.alloc(0);
        firstLine = scanner.lines;
      }
    }
    return text.length === 0 ? {} : describe(firstLine + headerLines, text);
  } finally {
    await dat.close();
  }
}

function describe(linesBefore: number, bytes: Buffer): Pick<Place, 'line' | 'record'> {
  const text = bytes.toString('utf8');
  return { line: linesBefore + 1, record: shorten((text.includes('\ufffd') ? bytes.toString('latin1') : text).replace(/\r?\n$/, '')) };
}
