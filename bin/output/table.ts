import { shorten } from '../../crds/contract/errors.ts';
import { displayWidth } from './display-width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Longer cells and titles are cut; `--output json` prints them completely. */
const MAX_CELL_LENGTH = 500;

/** The first rows determine the widths of a streamed table: at most this many rows, and this much text, since they are kept in memory. */
const MAX_SAMPLE_ROWS = 1000;
const MAX_SAMPLE_LENGTH = 4_000_000;

/** A table without borders, as kubectl prints it. Control characters are escaped, since names come from files and may contain any. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows].map((cells) => cells.map(toCell));
  return layOut(columns, lines, widthsOf(columns, lines)).slice(0, -1);
}

/**
 * The same for any number of rows in constant memory: after the first rows have determined the widths, rows are printed as they arrive. A
 * later cell that is wider only widens its own line.
 */
export class StreamedTable {
  readonly #columns: readonly TableColumn[];
  #sample: Cell[][];
  #sampleLength = 0;
  #widths: readonly number[] | undefined;

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns;
    this.#sample = [columns.map(({ title }) => toCell(title))];
  }

  /** Adds rows, and returns the text that can be printed now. */
  add(rows: readonly (readonly string[])[]): string {
    const lines = rows.map((cells) => cells.map(toCell));
    if (this.#widths !== undefined) return layOut(this.#columns, lines, this.#widths);
    this.#sample.push(...lines);
    // The full length, since V8 keeps a whole string in memory as long as a part of it is used.
    for (const cells of rows) for (const cell of cells) this.#sampleLength += cell.length;
    const isEnough = this.#sample.length > MAX_SAMPLE_ROWS || this.#sampleLength > MAX_SAMPLE_LENGTH;
    return isEnough ? this.#printSample() : '';
  }

  /** Returns the rest of the text. */
  end(): string {
    return this.#widths === undefined ? this.#printSample() : '';
  }

  #printSample(): string {
    this.#widths = widthsOf(this.#columns, this.#sample);
    const text = layOut(this.#columns, this.#sample, this.#widths);
    this.#sample = [];
    return text;
  }
}

interface Cell {
  readonly text: string;
  readonly width: number;
}

function toCell(value: string): Cell {
  const text = shorten(value, MAX_CELL_LENGTH);
  return { text, width: displayWidth(text) };
}

function widthsOf(columns: readonly TableColumn[], lines: readonly (readonly Cell[])[]): number[] {
  const widths = columns.map(() => 0);
  for (const cells of lines) {
    for (const [index, { width }] of cells.entries()) widths[index] = Math.max(widths[index] ?? 0, width);
  }
  return widths;
}

/** Lines end with a line feed, without trailing blanks. */
function layOut(
  columns: readonly TableColumn[],
  lines: readonly (readonly Cell[])[],
  widths: readonly number[],
): string {
  const pad = ({ text, width }: Cell, index: number) => {
    const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - width));
    return columns[index]?.align === 'right' ? blanks + text : text + blanks;
  };
  return lines.map((cells) => `${cells.map(pad).join('  ').trimEnd()}\n`).join('');
}
