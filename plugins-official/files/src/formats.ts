import { basename } from 'node:path'
import { didYouMean, TidegateError } from 'tidegate'
import { arrowFormat } from './arrow-format.ts'
import { csvFormat, tsvFormat } from './csv-format.ts'
import type { FileFormat } from './format.ts'
import { jsonFormat, ndjsonFormat } from './json-format.ts'
import { parquetFormat } from './parquet-format.ts'

/** Imports a package as the project would. */
export type LoadPackage = (name: string) => Promise<Readonly<Record<string, unknown>>>

/** What this package brings. */
export const ownFormats: readonly FileFormat[] = [
  csvFormat,
  tsvFormat,
  jsonFormat,
  ndjsonFormat,
  parquetFormat,
  arrowFormat,
]

/** What packages named `@tidegate/format-<name>` are known to bring: they are loaded when such a file is met. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  excel: ['xlsx', 'xlsm'],
  avro: ['avro'],
  pickle: ['pkl', 'pickle'],
}

const packings = ['gz', 'zst', 'br']

/** Names of all formats that are known, for messages and documentation. */
export const formatNames: readonly string[] = [...ownFormats.map(({ name }) => name), ...Object.keys(elsewhere)]

/**
 * The format of that name: one of this package, or the one that `@tidegate/format-<name>` exports.
 * @throws `USAGE` for a name that no package has, `PLUGIN_NOT_FOUND` with the command that installs a known one.
 */
export async function formatNamed(name: string, load: LoadPackage): Promise<FileFormat> {
  const own = ownFormats.find((format) => format.name === name)
  if (own !== undefined) return own
  const known = Object.hasOwn(elsewhere, name)
  let module: Readonly<Record<string, unknown>> | undefined
  if (known || /^[a-z][a-z0-9-]*$/.test(name)) {
    module = await load(`@tidegate/format-${name}`).catch((error: unknown) => {
      if (known || (error as { readonly code?: string }).code !== 'PLUGIN_NOT_FOUND') throw error
      return undefined
    })
  }
  const format = module?.['format']
  if (isFormat(format)) return format
  throw new TidegateError('USAGE', `"${name}" is no format of files that is known`, {
    hint: didYouMean(name, formatNames) ?? `Known: ${formatNames.join(', ')}.`,
  })
}

/**
 * The format of a path by its extension, a suffix of compression left out.
 * @throws `USAGE` where the extension tells nothing; otherwise as `formatNamed`.
 */
export async function formatOfPath(path: string, load: LoadPackage): Promise<FileFormat> {
  const parts = basename(path).toLowerCase().split('.')
  const packing = parts.length > 2 && packings.includes(parts.at(-1) ?? '') ? parts.pop() : undefined
  const extension = parts.length > 1 ? (parts.at(-1) as string) : ''
  const found = Object.entries(elsewhere).find(([, extensions]) => extensions.includes(extension))?.[0]
  const format =
    ownFormats.find(({ extensions }) => extensions.includes(extension)) ??
    (found === undefined ? undefined : await formatNamed(found, load))
  if (format === undefined) {
    const what =
      extension === '' ? 'has no extension' : `has the extension ".${extension}", which no format is known by`
    throw new TidegateError('USAGE', `"${path}" ${what}`, {
      hint: `Name its format: --format ${formatNames.join(' | ')}.`,
      data: { path },
    })
  }
  if (packing === undefined || format.packs) return format
  throw new TidegateError('USAGE', `"${path}": ${format.name} files are not packed as .${packing}`, {
    hint: `Use .${format.extensions[0]}; the format compresses inside.`,
    data: { path },
  })
}

function isFormat(value: unknown): value is FileFormat {
  return typeof value === 'object' && value !== null && 'name' in value && 'extensions' in value
}
