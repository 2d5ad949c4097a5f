import { parseSourceType } from '../plan/source-type.ts';
import { isUtf8 } from '../plan/encodings.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/** Where sqlcmd and SQL Server's Management Studio cut values of the types without a length, unless another width is set. */
const WIDTH = 256;
/** Without a length, which a schema file of type names alone does not say. */
const TYPES_WITHOUT_LENGTH = /^(?:n?varchar|n?text|xml|json)$/;

/** Finds columns of what sqlcmd prints whose longest values are exactly as long as it lets them be. */
export class CutValues {
  readonly #columns: readonly { readonly name: string; readonly index: number }[];
  readonly #delimiter: string;
  readonly #isUtf8: boolean;
  /** By column: the longest value in characters, and how many have as many. */
  readonly #longest = new Map<string, { readonly characters: number; readonly count: number }>();
  #rest = '';

  private constructor(columns: readonly string[], { copyColumns, format }: TablePlan) {
    this.#columns = columns.map((name) => ({ name, index: copyColumns.indexOf(name) }));
    this.#delimiter = format.delimiter;
    this.#isUtf8 = isUtf8(format.encoding);
  }

  /** Undefined where the file is not sqlcmd's, or has no column of which values may be cut. */
  static of(plan: TablePlan, frame: string): CutValues | undefined {
    const mayBeCut = plan.columns.flatMap(({ name, sourceType = '' }) => (isWithoutLength(sourceType) ? [name] : []));
    return frame === 'Sqlcmd' && mayBeCut.length > 0 ? new CutValues(mayBeCut, plan) : undefined;
  }

  /** The same chunks, each inspected as it passes. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      this.#take(chunk.toString('latin1'));
      yield chunk;
    }
    this.#take('\n');
  }

  get warnings(): string[] {
    return [...this.#longest].flatMap(([name, { characters, count }]) =>
      characters === WIDTH
        ? `the longest values of column ${name} have ${WIDTH} characters (${count} of them), where sqlcmd cuts them unless SQLCMDMAXVARTYPEWIDTH is 0: if they were longer, export the table again by bcp`
        : [],
    );
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.length < WIDTH) continue;
      const fields = line.replace(/\r$/, '').split(this.#delimiter);
      for (const { name, index } of this.#columns) this.#note(name, this.#charactersOf(fields[index] ?? ''));
    }
  }

  /** SQL Server counts UTF-16's. */
  #charactersOf(field: string): number {
    return field.length < WIDTH || !this.#isUtf8 ? field.length : Buffer.from(field, 'latin1').toString().length;
  }

  #note(name: string, characters: number): void {
    const longest = this.#longest.get(name)?.characters ?? 0;
    if (characters < longest) return;
    const count = characters === longest ? (this.#longest.get(name)?.count ?? 0) : 0;
    this.#longest.set(name, { characters, count: count + 1 });
  }
}

function isWithoutLength(sourceType: string): boolean {
  const {
    words,
    parameters: [length = 'max'],
  } = parseSourceType(sourceType);
  return TYPES_WITHOUT_LENGTH.test(words) && (length === 'max' || length === '-1');
}
