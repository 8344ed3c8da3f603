import type { Command } from 'commander'
import { wholeNumber } from './file-commands.ts'
import type { Invocation, ProjectOptions } from './invocation.ts'

type Act<O> = (words: readonly string[], options: O, invocation: Invocation) => Promise<number>
type Own = <O extends object>(usage: string, description: string, load: () => Promise<Act<O>>) => Command
type List = (text: string, before?: readonly string[]) => readonly string[]

export interface RowOptions extends ProjectOptions {
  readonly reason?: string
  readonly status?: readonly string[]
}

export interface ShowOptions extends RowOptions {
  readonly rows: number
}

export interface ExportOptions extends RowOptions {
  readonly reveal?: boolean
  readonly force?: boolean
}

export interface DecisionOptions extends ProjectOptions {
  readonly by?: string
}

export interface DismissOptions extends DecisionOptions {
  readonly why: string
  readonly key?: readonly string[]
  readonly reason?: string
}

/** The commands about rows that gates have set aside. `list` reads names with commas between. */
export function declareQuarantineCommands(own: Own, list: List): void {
  const commands = () => import('./commands/quarantine.ts')
  const decisions = () => import('./commands/quarantine-decisions.ts')
  const chosen = (command: Command): Command =>
    command
      .option('--reason <text>', 'only rows whose reasons contain this text')
      .option('--status <names>', 'rows of these statuses: open, corrected, replayed, dismissed, resolved, all', list)
  const decided = (command: Command): Command =>
    command.option('--by <name>', 'who decides (default: the name you are logged in with)')

  own(
    'list [pipeline]',
    'nodes with rows in quarantine, by status and reason',
    async () => (await commands()).listCommand,
  )
  chosen(
    own<ShowOptions>(
      'show <node>',
      'the rows of one node, with status, reasons, part and row number',
      async () => (await commands()).showCommand,
    ),
  ).option('--rows <count>', 'how many rows to show', wholeNumber, 20)
  chosen(
    own<ExportOptions>(
      'export <node> <file>',
      'write the rows to a file (csv, parquet, ...) to be corrected and applied',
      async () => (await commands()).exportCommand,
    ),
  )
    .option('--reveal', 'write columns tagged pii as well; without it they are left out')
    .option('--force', 'replace a file that exists')
  decided(
    own<DecisionOptions>(
      'apply <node> <file>',
      'take in corrected rows, known by their column _key; the next run lets them in',
      async () => (await decisions()).applyCommand,
    ),
  )
  decided(
    own<DismissOptions>(
      'dismiss <node>',
      'say why open rows may stay out (all, or chosen ones)',
      async () => (await decisions()).dismissCommand,
    ),
  )
    .requiredOption('--why <text>', 'the reason, kept with the rows')
    .option('--key <keys>', 'rows with these keys', list)
    .option('--reason <text>', 'rows whose reasons contain this text')
  own(
    'replay <node>',
    'run the node and what reads it, with the corrections',
    async () => (await decisions()).replayCommand,
  )
}
