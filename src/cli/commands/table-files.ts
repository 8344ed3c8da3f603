import type { Batch } from '../../kernel/columns/batch.ts'
import { TidegateError } from '../../kernel/errors.ts'
import type { TableSchema } from '../../kernel/types.ts'
import type { CommandContext } from '../../plugins/command.ts'

/** What `@tidegate/files` brings for commands that read or write one table. */
export interface TableFiles {
  readTable(
    path: string,
    accept: (columns: readonly string[]) => TableSchema,
    context: CommandContext,
  ): AsyncIterable<Batch>
  writeTable(
    path: string,
    schema: TableSchema,
    batches: () => AsyncIterable<Batch>,
    context: CommandContext,
    options?: { readonly force?: boolean },
  ): Promise<number>
}

/** @throws `PLUGIN_NOT_FOUND` with the command that installs the package. */
export async function loadTableFiles(context: CommandContext): Promise<TableFiles> {
  const door = await context.load('@tidegate/files/commands')
  if (typeof door['readTable'] === 'function' && typeof door['writeTable'] === 'function')
    return door as unknown as TableFiles // What the package promises under these names.
  throw new TidegateError('PLUGIN_NOT_FOUND', 'The installed @tidegate/files is too old for this command', {
    hint: 'npm install @tidegate/files@latest',
    data: { package: '@tidegate/files' },
  })
}
