import { type Command, InvalidArgumentError } from 'commander'
import type { Invocation } from './invocation.ts'

type Act = (words: readonly string[], options: object, invocation: Invocation) => Promise<number>
type Own = (usage: string, description: string, load: () => Promise<Act>) => Command

/** Usage of the commands that `@tidegate/files` and `@tidegate/profile` bring. They are declared here, so that help and mistakes load nothing. */
export function declareFileCommands(own: Own): void {
  const declare = (usage: string, description: string, door = '@tidegate/files/commands'): Command => {
    const [name = ''] = usage.split(' ')
    const load = async () => (await import('./commands/package-command.ts')).packageCommand(door, name)
    return own(usage, description, load)
  }
  const reading = (command: Command): Command =>
    command
      .option('--format <name>', 'format of the file, instead of by its extension')
      .option('--option <key=value>', 'an option of the format, such as delimiter=";" (may be repeated)', pairs)
      .option('--json', 'print records for programs')
  const schema = (command: Command): Command =>
    command.option('--schema <file>', 'types of the columns: a module that exports a zod object, or YAML or JSON')

  reading(declare('sniff <file>', 'say how a text file is written, and the options that read it'))
  schema(reading(declare('head <file>', 'the first rows of a file, folder or glob'))).option(
    '--rows <count>',
    'how many rows to show',
    wholeNumber,
    10,
  )
  schema(reading(declare('schema <file>', 'columns with their types, and where these are known from'))).option(
    '--zod',
    'print a zod schema to paste',
  )
  schema(reading(declare('count <file>', 'how many rows a file, folder or glob has')))
  schema(reading(declare('convert <in> <out>', 'write a file in another format; read back and compared')))
    .option('--to <name>', 'format of the output, instead of by its extension')
    .option('--to-option <key=value>', 'an option of the output format (may be repeated)', pairs)
    .option('--bad <verdict>', 'rows that cannot be read: halt, or quarantine (default: halt)')
    .option('--memory <size>', 'what the conversion may use, such as 512MB (default: 1GB)')
    .option('--threads <count>', 'threads an engine may use (default: one for each core)', positive)
    .option('--force', 'replace an output that exists')
  schema(reading(declare('check <file>', 'run checks over a file and say which rows fail')))
    .option('--checks <file>', 'the checks: a module that exports a list, or YAML or JSON')
    .option('--suite <file>', 'a suite of Great Expectations (JSON) instead of checks')
    .option('--result-format <name>', 'with --suite: BOOLEAN_ONLY, BASIC, SUMMARY or COMPLETE (default: SUMMARY)')
    .option('--rows <count>', 'how many failing rows to show for each check', wholeNumber, 3)
    .option('--memory <size>', 'for all data at once, such as 512MB')
    .option('--verbose', 'say which checks were decided where the rows lie, and why others were not')
  schema(reading(declare('profile <file>', 'say what the values of a file look like', '@tidegate/profile/commands')))
    .option('--html <out>', 'write a page that needs nothing else')
    .option('--sample <rows>', 'rows that patterns, keys and dependencies are looked for in', positive, 4096)
  schema(reading(declare('suggest <file>', 'write checks that the rows suggest', '@tidegate/profile/commands')))
    .option('--as <language>', 'ts or yaml (default: by the extension of --out, else ts)')
    .option('--out <file>', 'where to write them, instead of standard output')
    .option('--confidence <percent>', 'leave out rules that are less sure', positive, 50)
}

/** `--option a=1 --option b=2` */
function pairs(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It takes key=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.')
  return Number(text)
}

export function positive(text: string): number {
  const value = wholeNumber(text)
  if (value === 0) throw new InvalidArgumentError('It takes a whole number above 0.')
  return value
}
