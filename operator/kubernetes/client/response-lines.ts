const LINE_FEED = 0x0a;

/** The lines of an answer as they come. One with more bytes than `longest` is left out, and never held as a whole. */
export async function* linesOf(answer: AsyncIterable<Buffer>, longest: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (part: Buffer) => {
    bytes += part.length;
    if (bytes > longest) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const end = (): string | undefined => {
    const line = bytes > longest ? undefined : Buffer.concat(parts).toString();
    [parts, bytes] = [[], 0];
    return line;
  };
  for await (const chunk of answer) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, to));
      from = to + 1;
      const line = end();
      if (line !== undefined) yield line;
    }
    take(chunk.subarray(from));
  }
  const rest = bytes > 0 ? end() : undefined;
  if (rest !== undefined) yield rest;
}
