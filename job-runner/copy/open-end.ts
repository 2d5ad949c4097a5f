import { shorten } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';
import type { TableData } from '../dump/table-data.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { FileEnd } from './file-end.ts';

/** The tools that end each record, the last one, too: where it has no end, their file was cut off. Other exporters leave it out. */
const TOOLS: Readonly<Partial<Record<Format['preset'], string>>> = {
  'bcp-char': 'bcp',
  'bcp-wide': 'bcp',
  'bcp-custom': 'bcp',
  'mysql-outfile': "MySQL's server",
  'mysql-tab': "MySQL's server",
  'mysql-shell': 'MySQL Shell',
  'postgres-copy': 'COPY',
};
const LINE_FEED = Buffer.from('\n');
/** Behind which COPY's data ends, or a file of DOS. */
const OTHER_ENDS = ['\\.', '\x1a'];
const MAX_END_BYTES = 16;
const MAX_NAME = 100;

type OpenData = Pick<TableData, 'openFiles'> & { readonly format: Pick<Format, 'preset'> };

/** Finds that the last record has no end. The digits or letters that its last value lacks would leave one that looks whole. */
export class OpenEnd extends FileEnd {
  readonly #tool: string;
  readonly #ends: readonly Buffer[];
  readonly #data: OpenData;

  private constructor(tool: string, ends: readonly Buffer[], data: OpenData) {
    super(MAX_END_BYTES);
    this.#tool = tool;
    this.#ends = ends;
    this.#data = data;
  }

  /** Undefined where the exporter may leave the end out. */
  static of({ format }: TablePlan, data: OpenData): OpenEnd | undefined {
    const tool = TOOLS[data.format.preset];
    const { recordTerminator } = format;
    const end = recordTerminator === '' ? LINE_FEED : Buffer.from(recordTerminator);
    return tool === undefined
      ? undefined
      : new OpenEnd(tool, [end, ...OTHER_ENDS.map((text) => Buffer.from(text))], data);
  }

  get warnings(): string[] {
    const isEnded = this.end.length === 0 || this.#ends.some((end) => this.end.subarray(-end.length).equals(end));
    const chunks = (this.#data.openFiles ?? []).map((name) => `the last record of ${shorten(name, MAX_NAME)}`);
    return [...chunks, ...(isEnded ? [] : ['the last record'])].map(
      (record) =>
        `${record} has no end, which ${this.#tool} always writes: the file may be cut off, and the last value with it. Compare its size with that of the original, or create the dump again`,
    );
  }
}
