import { Help, type Command } from 'commander';

/** Where it is not a terminal's. */
const WIDTH = 80;

/** Wraps the sentences below a command's options as commander wraps the options. Examples are indented, and stay whole to be copied. */
export function wrapHelp(command: Command): Command {
  return command.configureOutput({
    writeOut: (text) =>
      process.stdout.write(wrapSentences(text, (process.stdout.isTTY && process.stdout.columns) || WIDTH)),
  });
}

export function wrapSentences(text: string, width: number): string {
  const help = new Help();
  const wrap = (line: string) => (line.startsWith(' ') || line.length <= width ? line : help.boxWrap(line, width));
  return text.split('\n').map(wrap).join('\n');
}
