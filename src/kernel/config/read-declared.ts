import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { z } from 'zod'
import type { Check } from '../../plugins/check.ts'
import { faultsError } from '../boot/fault.ts'
import { TidegateError } from '../errors.ts'
import { importModule } from './import-module.ts'
import { loadError } from './load-error.ts'
import { optionReaders } from './node-options.ts'
import { createReader, failed } from './reader.ts'
import { coreRegistry } from './registry.ts'

/**
 * The checks of a file: the default export of a module (`checks.ts`, or `checks.ts#strict` for another export), or a YAML or JSON document in the
 * form of `expect` in such configs. A path starts at `folder`.
 * @throws `CONFIG_INVALID` listing all faults, `CONFIG_THREW`, `PLUGIN_NOT_FOUND`.
 */
export async function readChecks(file: string, folder: string): Promise<readonly Check[]> {
  const checks = await read(file, folder, 'expect')
  if (Array.isArray(checks) && checks.length > 0 && checks.every(isCheck)) return checks
  throw new TidegateError('CONFIG_INVALID', `${file} holds no list of checks`, {
    hint: "Export a list: export default [notNull('id')]; or write YAML: - notNull: id",
    data: { file },
  })
}

/**
 * The schema of a file: the default export of a module (`order.ts`, or `order.ts#Order`), a zod object; or a YAML or JSON document that gives
 * each column its type (`{ id: int64, city: string? }`).
 * @throws as `readChecks`.
 */
export async function readSchema(file: string, folder: string): Promise<z.ZodObject> {
  const schema = await read(file, folder, 'schema')
  if (schema instanceof z.ZodObject) return schema
  throw new TidegateError('CONFIG_INVALID', `${file} holds no schema`, {
    hint: 'Export a zod object: export default z.object({ id: z.int() }); or write YAML: id: int64',
    data: { file },
  })
}

async function read(given: string, folder: string, as: 'expect' | 'schema'): Promise<unknown> {
  const [path = '', name] = given.split('#')
  const file = resolve(folder, path)
  if (!/^\.(?:ya?ml|json)$/.test(extname(file))) return (await importModule(file))[name ?? 'default']
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw loadError(cause, file)
  })
  let document: unknown
  try {
    document = extname(file) === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text)
  } catch (cause) {
    throw loadError(cause, file)
  }
  const reader = createReader(dirname(file))
  const read = optionReaders(reader, coreRegistry)[as]
  const value = await read?.(document, as)
  if (reader.faults.length > 0) throw faultsError(reader.faults, given)
  return value === failed ? undefined : value
}

function isCheck(value: unknown): value is Check {
  return typeof value === 'object' && value !== null && 'rule' in value && 'name' in value
}
