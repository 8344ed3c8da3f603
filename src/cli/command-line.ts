import { CommanderError } from 'commander'
import { TidegateError } from '../kernel/errors.ts'
import { didYouMean } from '../kernel/nearest.ts'
import { exitCodeOf } from './exit-code.ts'
import { watchInterrupt } from './interrupt.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

/** Parses the arguments of a process, runs the command, and ends the process with the code that the errors page states. */
export async function runCommandLine(self: NodeJS.Process): Promise<void> {
  const argv = self.argv.slice(2)
  const { stdout, stderr, env: variables } = self
  // A reader that went away (`| head`) is no fault: the command goes on, and nobody listens.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  const runs = argv[0] === 'run' || (argv[0] === 'quarantine' && argv[1] === 'replay')
  const piped = runs && stdout.isTTY !== true
  const output = createOutput({ stdout, stderr, variables, json: piped || argv.includes('--json') })
  const interrupt = watchInterrupt(self, output)
  let code = 0
  try {
    const program = createProgram({ output, cwd: self.cwd(), variables, signal: interrupt.signal }, (result) => {
      code = result
    })
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    const shown = error instanceof CommanderError ? usageError(error, argv) : error
    if (shown !== undefined) {
      output.error(shown)
      code = exitCodeOf(shown)
    }
  }
  interrupt.close()
  await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
  // Whatever a step or a plugin left open must not keep the terminal waiting.
  self.exit(code)
}

/** Undefined for help and version, which are no errors. */
function usageError({ code, message }: CommanderError, argv: readonly string[]): TidegateError | undefined {
  if (code === 'commander.helpDisplayed' || code === 'commander.version' || code === 'commander.help') return undefined
  const [fact = '', ...more] = message.replace(/^error: /, '').split('\n')
  const near = more.map((line) => line.replace(/^\((.*)\)$/, '$1')).find((line) => line.startsWith('Did you mean'))
  const command = argv.find((argument) => !argument.startsWith('-'))
  const help =
    command === undefined || !commandNames.includes(command) ? 'tidegate --help' : `tidegate ${command} --help`
  const typed = /'(.+)'/.exec(fact)?.[1] ?? ''
  const guess = near ?? (code === 'commander.unknownCommand' ? didYouMean(typed, commandNames) : undefined)
  const hint = guess === undefined ? `See ${help}.` : `${guess.replace(/ (-*[\w-]+)\?$/, ' "$1"?')} See ${help}.`
  return new TidegateError('USAGE', fact, { hint })
}

const commandNames = [
  'init',
  'run',
  'plan',
  'show',
  'lineage',
  'quarantine',
  'repairs',
  'plugins',
  'gc',
  'schedule',
  'export',
  'help',
  'list',
  'sniff',
  'head',
  'schema',
  'count',
  'convert',
  'check',
]
