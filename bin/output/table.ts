import { shorten } from '../../crds/contract/errors.ts';
import { displayWidth } from './display-width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Cells and titles are cut here; `--output json` has them whole. */
const MAX_CELL_LENGTH = 500;

/** The columns of a streamed table are as wide as its first rows, at most this many rows and this much text, since these are kept. */
const MAX_SAMPLE_ROWS = 1000;
const MAX_SAMPLE_LENGTH = 4_000_000;

/** A table without lines, as kubectl prints it. Control characters are made visible: names come from files and may hold any. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows].map((cells) => cells.map(toCell));
  return layOut(columns, lines, widthsOf(columns, lines)).slice(0, -1);
}

/**
 * The same for any number of rows in constant memory: rows are printed as they come once the first ones have shown how wide the columns are. A
 * later cell that is wider pushes the rest of its line aside.
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

  /** Takes the next rows, and gives the text that can be printed by now. */
  add(rows: readonly (readonly string[])[]): string {
    const lines = rows.map((cells) => cells.map(toCell));
    if (this.#widths !== undefined) return layOut(this.#columns, lines, this.#widths);
    this.#sample.push(...lines);
    // What is cut off counts, too: V8 keeps the whole text as long as a part of it.
    for (const cells of rows) for (const cell of cells) this.#sampleLength += cell.length;
    const isEnough = this.#sample.length > MAX_SAMPLE_ROWS || this.#sampleLength > MAX_SAMPLE_LENGTH;
    return isEnough ? this.#printSample() : '';
  }

  /** The text that is left to print. */
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

/** Each line ends with a line feed, and not with blanks. */
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
