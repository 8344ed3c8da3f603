import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importPackage, type Module } from '../../kernel/config/import-module.ts'
import { createRunId, wallClock } from '../../kernel/context.ts'
import { isTidegateError, TidegateError } from '../../kernel/errors.ts'
import { createRandom } from '../../kernel/hash/random.ts'
import type { Command, CommandContext, CommandScreen } from '../../plugins/command.ts'
import { batchLines, batchRecords } from '../cells.ts'
import { commandPrefix, type Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { createTerminalLogger } from '../terminal-logger.ts'
import { tableLines } from '../text/table.ts'
import { tameLines } from '../text/width.ts'

/**
 * A command that a package brings: the export `name` of its door `door`, looked for in the project first, then beside Tidegate.
 * @throws `PLUGIN_NOT_FOUND` with the command that installs the package.
 */
export async function packageCommand(
  door: string,
  name: string,
): Promise<(words: readonly string[], options: object, invocation: Invocation) => Promise<number>> {
  return async (words, options, invocation) => {
    const context = commandContext(invocation)
    const command = (await context.load(door))[name]
    if (typeof command === 'function') return (command as Command)(words, options, context)
    const owner = door.split('/').slice(0, 2).join('/')
    throw new TidegateError('PLUGIN_NOT_FOUND', `The installed ${owner} has no command "${name}"`, {
      hint: `npm install ${owner}@latest`,
      data: { package: owner },
    })
  }
}

/** What commands of packages work with. */
export function commandContext({ output, cwd, variables, signal }: Invocation): CommandContext {
  return {
    cwd,
    signal,
    variables,
    stdin: process.stdin,
    prefix: commandPrefix(variables),
    screen: screenOf(output),
    load: (name) => loadPackage(name, cwd),
    place({ folder = cwd, memory, threads }) {
      const now = wallClock()
      return {
        folder,
        memory,
        threads,
        log: createTerminalLogger(output, variables),
        random: createRandom('0/command'),
        now: new Date(now),
        runId: createRunId(now),
      }
    },
  }
}

/** The project decides which version is used; what lies beside Tidegate serves where the project has none. */
export async function loadPackage(name: string, cwd: string): Promise<Module> {
  try {
    return await importPackage(name, cwd)
  } catch (error) {
    if (!isTidegateError(error) || error.code !== 'PLUGIN_NOT_FOUND') throw error
    return await importPackage(name, dirname(fileURLToPath(import.meta.url))).catch(() => {
      throw error
    })
  }
}

function screenOf(output: Output): CommandScreen {
  const { paint } = output
  const lines = (...given: readonly string[]) => output.lines(...given)
  return {
    terminal: output.terminal,
    json: output.json,
    paint,
    width: output.width,
    lines,
    record: (value) => output.record(value),
    note: (line) => output.note(tameLines(line)),
    table: (columns, rows) => lines(...tableLines(columns, rows, { width: output.width(), paint })),
    batch: (batch) => lines(...batchLines(batch, { width: output.width(), paint })),
    batchRecords,
  }
}
