import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import {
  type CommandContext,
  declaredSchema,
  type Field,
  type PartRef,
  readOptions,
  readSchema,
  type Source,
  type TableSchema,
  TidegateError,
  types,
  unifySchemas,
} from 'tidegate'
import type { z } from 'zod'
import { markOf, statFile } from '../file-stat.ts'
import type { FileFormat } from '../format.ts'
import { formatNamed, formatOfPath } from '../formats.ts'
import { locateFiles } from '../locate-files.ts'

/** Options that every command on files takes, as the command line hands them over. */
export interface InputOptions {
  readonly format?: string
  readonly option?: Readonly<Record<string, string>>
  readonly schema?: string | z.ZodObject
  /** Options of the format as code writes them. */
  readonly values?: Readonly<Record<string, unknown>>
}

export interface Resources {
  /** Bytes. */
  readonly memory: number
  readonly threads: number
}

/** A file, folder or glob, ready to be read. */
export interface Input {
  /** As people typed it. */
  readonly path: string
  readonly format: FileFormat
  /** Validated, with `path`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly source: Source
  readonly parts: readonly PartRef[]
  readonly declared: z.ZodObject | undefined
  close(): Promise<void>
}

/** Formats whose files do not say of what type their columns are. */
const untyped: ReadonlySet<string> = new Set(['csv', 'tsv', 'json', 'ndjson', 'excel'])

/** What opening a file needs of a command. */
export type InputContext = Pick<CommandContext, 'cwd' | 'signal' | 'stdin' | 'load' | 'place'>

/** Opens what the command names. @throws `USAGE`, `CONFIG_INVALID` (options), and what the format's source throws. */
export async function openInput(
  word: string,
  given: InputOptions,
  context: InputContext,
  resources: Resources,
): Promise<Input> {
  const { path, remove } = word === '-' ? await spool(given, context) : { path: word, remove: async () => {} }
  try {
    const format =
      given.format === undefined
        ? await formatOfPath(firstFile(path, context.cwd), context.load)
        : await formatNamed(given.format, context.load)
    const { reader } = format
    if (reader === undefined) {
      throw new TidegateError('USAGE', `Files of the format ${format.name} can be written, not read`, {
        hint: 'Name a file of another format.',
      })
    }
    const { schema } = given
    const declared = typeof schema === 'string' ? await readSchema(schema, context.cwd) : schema
    const options = optionsOf(reader.options, given.option, '--option', { ...given.values, path })
    const place = context.place(resources)
    const source = await reader.create(withColumns(options, declared), place)
    const parts: PartRef[] = []
    for await (const part of source.discover({ known: unread(context.cwd), signal: context.signal })) parts.push(part)
    return {
      path: word,
      format,
      options,
      source,
      parts,
      declared,
      async close() {
        await source.close?.()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** What the columns are and where that is known from: pinned before the first row is read, as a run pins it. */
export async function schemaOf(
  { source, parts, declared, format }: Input,
  signal: AbortSignal,
): Promise<{ readonly schema: TableSchema; readonly from: 'declared' | 'file' | 'inferred' }> {
  let physical: TableSchema | undefined
  if (declared === undefined && source.describeAll !== undefined) physical = await source.describeAll(parts, { signal })
  else
    for (const part of parts) {
      const described = await source.describe(part, { signal, declared: declared !== undefined })
      if (declared === undefined) physical = physical === undefined ? described : unifySchemas(physical, described)
      else physical ??= described
    }
  if (declared !== undefined) return { schema: declaredSchema(declared, physical), from: 'declared' }
  const found = untyped.has(format.name)
  const fields = physical?.fields ?? []
  return found
    ? { schema: { fields: fields.map(settled) }, from: 'inferred' }
    : { schema: { fields: fields.map(exact) }, from: 'file' }
}

/** Nothing but absent values was seen: text can hold whatever comes. */
export function settled(field: Field): Field {
  return field.type.kind === 'null' ? { ...field, type: types.string } : field
}

/** Nobody has said that 64-bit integers are seen as numbers: none is refused for being beyond 2^53. */
function exact(field: Field): Field {
  return field.type.kind === 'int' && field.type.bits === 64 ? { ...field, sees: 'bigint' } : field
}

/** Options as people type them, validated by the schema of the format. A value that is no text there is read as JSON. */
export function optionsOf(
  schema: z.ZodObject,
  given: Readonly<Record<string, string>> | undefined,
  where: string,
  more: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const read = Object.entries(given ?? {}).map(([key, text]) => [
    key,
    optionValue(schema.shape[key] as z.ZodType, text),
  ])
  return readOptions(schema, { ...Object.fromEntries(read), ...more }, { where, givenBy: 'The command line' })
}

function optionValue(schema: z.ZodType | undefined, text: string): unknown {
  const typed = text.replaceAll('\\t', '\t')
  for (const candidate of [() => typed, () => JSON.parse(text), () => typed.split(',')]) {
    let value: unknown
    try {
      value = candidate()
    } catch {
      continue
    }
    if (schema?.safeParse(value).success === true) return value
  }
  return typed
}

/** What nodes do with their `schema`: a file without names of its columns takes them from it. */
function withColumns(
  options: Readonly<Record<string, unknown>>,
  declared: z.ZodObject | undefined,
): Readonly<Record<string, unknown>> {
  if (declared === undefined) return options
  const names = Object.keys(declared.shape)
  const { header, columns } = options
  return {
    ...options,
    ...(header === false ? { header: names } : {}),
    ...(Array.isArray(columns) && columns.length === 0 ? { columns: names } : {}),
  }
}

/** Files are not read a second time for a fingerprint that nobody keeps: the mark stands for it. */
function unread(folder: string): ReadonlyMap<string, PartRef> {
  const get = (id: string): PartRef => {
    const mark = markOf(statFile(resolve(folder, id), id))
    return { id, fingerprint: mark, mark }
  }
  return Object.assign(new Map<string, PartRef>(), { get, has: () => true })
}

/** Standard input as a file, since sources read a part more than once. */
async function spool(
  { format }: InputOptions,
  { stdin, cwd }: InputContext,
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  if (format === undefined)
    throw new TidegateError('USAGE', 'Standard input has no extension that tells its format', {
      hint: 'Name it, as in --format csv.',
    })
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-stdin-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await writeFile(join(folder, 'stdin'), stdin)
    return { path: relative(cwd, join(folder, 'stdin')), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

function firstFile(path: string, folder: string): string {
  return locateFiles(path, folder)[0] ?? path
}
