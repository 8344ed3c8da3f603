import { Command } from 'commander'
import { declareFileCommands, positive, wholeNumber } from './file-commands.ts'
import type { Invocation, ProjectOptions } from './invocation.ts'
import { declareQuarantineCommands } from './quarantine-commands.ts'
import { ownVersion } from './version.ts'

/** What a command module exports; the number is the exit code. */
type Act<O> = (words: readonly string[], options: O, invocation: Invocation) => Promise<number>

/** The commands and their options. Each command's module is loaded only when it runs, so that help answers at once. */
export function createProgram(invocation: Invocation, done: (code: number) => void): Command {
  const program = new Command('tidegate')
    .description(
      'Data pipelines that can be trusted: quality gates between steps, only what changed is computed again, lineage for every value.',
    )
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({ writeOut: (text) => invocation.output.raw(text), writeErr: () => {} })
    .showSuggestionAfterError(true)
    .addHelpText('after', '\nExit codes: 0 all is well, 1 data or a run failed, 2 usage or configuration.')
  helpUnlessKnown(program)

  const own = <O extends object>(
    parent: Command,
    usage: string,
    description: string,
    load: () => Promise<Act<O>>,
  ): Command => {
    const command = parent.command(usage).description(description).helpOption('-h, --help', 'print help')
    return command.action(async (...given: unknown[]) => {
      const [options] = given.slice(-2) as [O]
      const words = given.slice(0, -2).filter((word): word is string => word !== undefined)
      done(await (await load())(words, options, invocation))
    })
  }
  const project = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the config, instead of looking for it')
      .option('--env <name>', 'environment (default: TIDEGATE_ENV, else development)')
      .option('--json', 'print records for programs')
  const selection = (command: Command): Command =>
    command
      .option('--only <nodes>', 'these nodes and what they need', list)
      .option('--from <nodes>', 'these nodes and what reads them; what lies before is taken as committed', list)
      .option('--to <nodes>', 'these nodes and what lies before them', list)
      .option('--full', 'reuse nothing that was made before')

  own(
    program,
    'init [folder]',
    'make a project that runs; nothing that exists is overwritten',
    async () => (await import('./commands/init.ts')).initCommand,
  ).option('--json', 'print records for programs')
  const run = own(
    program,
    'run [pipeline]',
    'bring a pipeline up to date (without a name: all, in the order of the config)',
    async () => (await import('./commands/run.ts')).runCommand,
  )
  selection(project(run))
    .option('--paranoid', 'run every row-wise step at two batch sizes and compare')
    .option('--memory <size>', 'for all data at once, such as 512MB')
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText(
      'after',
      '\nOn a terminal it shows progress and a table; piped, or with --json, it prints one event a line.',
    )
  const plan = own(
    program,
    'plan [pipeline]',
    'say what a run would do and why; runs nothing',
    async () => (await import('./commands/plan.ts')).planCommand,
  )
  selection(project(plan))
  const show = own(
    program,
    'show <node>',
    'schema, rows, history and checks of a node (also pipeline.node, node.quarantine)',
    async () => (await import('./commands/show.ts')).showCommand,
  )
  project(show).option('--rows <count>', 'how many rows to show', wholeNumber, 10)
  const lineage = own(
    program,
    'lineage <node>',
    'where a node, or a column (node.column), comes from and goes to',
    async () => (await import('./commands/lineage.ts')).lineageCommand,
  )
  project(lineage)
    .option('--up', 'only upstream')
    .option('--down', 'only downstream')
    .option('--as-of <time>', 'as it was known at that time (ISO 8601)')
  const quarantine = program
    .command('quarantine')
    .description('rows that gates have set aside: look at them, correct them, let them in again')
    .helpOption('-h, --help', 'print help')
  helpUnlessKnown(quarantine.helpCommand(false))
  declareQuarantineCommands((usage, description, load) => project(own(quarantine, usage, description, load)), list)
  project(
    own(
      program,
      'repairs <node>',
      'the cells that repairs changed, before and after, with the rule and the run',
      async () => (await import('./commands/repairs.ts')).repairsCommand,
    ),
  )
    .option('--rows <count>', 'how many cells to show', wholeNumber, 20)
    .option('--column <name>', 'only cells of this column')
  project(
    own(
      program,
      'report [pipeline]',
      'write one HTML page: what was checked, what failed and why, and how it went before',
      async () => (await import('./commands/report.ts')).reportCommand,
    ),
  )
    .option('--out <file>', 'where to write it (default: report-<pipeline>.html)')
    .option('--run <id>', 'of an earlier run: its id, or the number of its entry (default: the current state)')
    .option('--samples <count>', 'how many failing rows to show for each check', wholeNumber, 5)
    .option('--profile', 'say what the committed rows of checked nodes look like, too')
  project(
    own(
      program,
      'plugins',
      'what is loaded: slots, plugins and kinds of nodes, and where they come from',
      async () => (await import('./commands/plugins.ts')).pluginsCommand,
    ),
  )
  project(
    own(
      program,
      'gc',
      'delete what no committed state reaches any more',
      async () => (await import('./commands/gc.ts')).gcCommand,
    ),
  )
    .option('--grace <time>', 'younger garbage stays, such as 1h (default: `retain.grace` of the config)')
    .option('--keep <count>', 'entries of each log that stay (default: `retain.entries` of the config)', positive)
    .option('--dry-run', 'count, and delete nothing')
  project(
    own(
      program,
      'schedule [pipeline]',
      'run pipelines at their times, until Ctrl-C (without a name: all that have a schedule)',
      async () => (await import('./commands/schedule.ts')).scheduleCommand,
    ),
  )
    .option('--list', 'show the next and the last tick of each schedule, and what was missed')
    .option('--once', 'run what is due now, and end: for those who call it by a scheduler of their own')
    .option('--drain', 'when stopped, let runs at work come to their end instead of cancelling them')
    .option('--print <target>', 'print text ready to paste: crontab, systemd or kubernetes')
  project(
    own(
      program,
      'export [pipeline]',
      'write the project, or one pipeline, as a YAML or JSON config that loads back',
      async () => (await import('./commands/export.ts')).exportCommand,
    ),
  ).option('--format <format>', 'yaml (default) or json')
  declareFileCommands((usage, description, load) => own(program, usage, description, load))
  return inherit(program)
}

export type RunOptions = ProjectOptions &
  SelectionOptions & { readonly paranoid?: boolean; readonly memory?: string; readonly quiet?: boolean }

export interface SelectionOptions {
  readonly only?: readonly string[]
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly full?: boolean
}

/** `--only a,b --only c` */
function list(text: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ]
}

/** A command that only groups others: alone it prints its help, with an unknown name it fails. */
function helpUnlessKnown(group: Command): void {
  group
    .usage('<command> [options]')
    .arguments('[command]')
    .action((name: string | undefined) => {
      if (name === undefined) group.outputHelp()
      else group.error(`error: unknown command '${name}'`, { code: 'commander.unknownCommand' })
    })
}

/** Subcommands report errors the same way as the program: by throwing, without printing. */
function inherit(command: Command): Command {
  for (const child of command.commands) inherit(child.copyInheritedSettings(command))
  return command
}
