import type { Command, Option } from 'commander';

/** An empty value is most likely that of a variable which is not set. As a folder it would be the one that the command is started in. */
export function refuseEmptyValues(program: Command): Command {
  return program.hook('preAction', (_, command) => {
    const empty = emptyOption(command) ?? emptyOption(program);
    if (empty !== undefined) command.error(`error: option '${empty.flags}' has an empty value: is a variable not set?`);
    if (command.args.includes('')) command.error('error: an argument is empty: is a variable not set?');
  });
}

/** Of those on the command line: a variable of the environment that is empty is as if it were not set. */
function emptyOption(command: Command): Option | undefined {
  return command.options.find((option) => {
    const name = option.attributeName();
    const given: unknown = command.getOptionValueSource(name) === 'cli' ? command.getOptionValue(name) : undefined;
    return [given].flat().includes('');
  });
}
