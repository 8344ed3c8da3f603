import type { z } from 'zod'
import { faultsError } from './fault.ts'
import { validateOptions } from './validate-options.ts'

/**
 * Options through their schema, with defaults filled in; what is wrong is told as it is for a config. `where` is the path that faults begin with,
 * `givenBy` names what holds them: a file, "The command line".
 * @throws `CONFIG_INVALID` listing all faults.
 */
export function readOptions<S extends z.ZodType>(
  schema: S,
  options: unknown,
  place: { readonly where: string; readonly givenBy: string },
): z.output<S> {
  const { options: read, faults } = validateOptions(schema, options, place.where)
  if (faults.length > 0 || read === undefined) throw faultsError(faults, place.givenBy)
  return read
}
