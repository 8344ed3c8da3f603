import {
  type Batch,
  conform,
  createContentHash,
  isTidegateError,
  type RejectedRow,
  type Source,
  type TableSchema,
  toBatch,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import type { FileFormat } from '../src/format.ts'
import { batchOf, cases, type MatrixCase } from './matrix-cases.ts'
import { createFolder, publication, signal } from './reading.ts'

const folder = createFolder()
const place = {
  folder,
  memory: 256e6,
  threads: 1,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  random: () => 0.5,
  now: new Date(0),
  runId: 'matrix',
}
let files = 0

async function write(format: FileFormat, batch: Batch): Promise<string> {
  const path = `${files++}.${format.extensions[0]}`
  const { writer } = format
  if (writer === undefined) throw new Error(`${format.name} is not written`)
  const { path: _, ...options } = writer.options.parse({ path })
  const target = await writer.create({ ...options, path }, place)
  await target.commit(publication(batch.schema, { part: [batch] }, { snapshot: `s${files}` }))
  await target.close?.()
  return path
}

async function open(format: FileFormat, path: string): Promise<Source> {
  const { reader } = format
  if (reader === undefined) throw new Error(`${format.name} is not read`)
  return reader.create(reader.options.parse({ path }), place)
}

interface Read {
  readonly rows: number
  readonly hash: string
  readonly rejected: readonly RejectedRow[]
}

/** Reads through `schema`, or through what the file says of itself, and then as `to`. */
async function read(
  source: Source,
  path: string,
  schema: TableSchema | undefined,
  to: TableSchema | undefined,
): Promise<Read> {
  const part = { id: path, fingerprint: '' }
  const own = schema ?? (await source.describe(part, { signal, declared: false }))
  const rejected: RejectedRow[] = []
  const hash = createContentHash()
  let rows = 0
  for await (const chunk of source.open(part, { schema: own, batchRows: 65_536, random: () => 0, signal })) {
    if ('rejected' in chunk) {
      rejected.push(...(chunk.rejected as readonly RejectedRow[]))
      continue
    }
    const given = 'schema' in chunk ? (chunk as Batch) : toBatch(chunk, { node: path })
    const batch = to === undefined ? given : conform(given, to)
    rows += batch.length
    hash.add(batch)
  }
  await source.close?.()
  return { rows, hash: hash.digest(), rejected }
}

function hashOf(batch: Batch): string {
  const hash = createContentHash()
  hash.add(batch)
  return hash.digest()
}

/** Formats whose files say of what type their columns are. */
const typed: readonly string[] = ['parquet', 'arrow', 'avro']

const shown = (each: MatrixCase, nulls: boolean) => `${each.name}${nulls ? ', with absent values' : ''}`

/** Every type and edge value through every one of these formats: what happens is what `carries` says. */
export function holdMatrix(formats: readonly FileFormat[]): void {
  for (const format of formats) {
    describe(`${format.name} keeps its word about`, () => {
      for (const each of cases)
        for (const nulls of [false, true])
          it(shown(each, nulls), async () => {
            const batch = batchOf(each, nulls)
            const carried = format.writer?.carries(each.type)
            if (carried === 'refused' || each.refusedBy?.includes(format.name) === true) {
              const error = await write(format, batch).then(
                () => undefined,
                (cause: unknown) => cause,
              )
              const code = isTidegateError(error) && error.code
              if (carried === 'refused') expect(code).toBe('TYPE_UNSUPPORTED')
              else expect(['TYPE_UNSUPPORTED', 'TYPE_PRECISION']).toContain(code)
              expect((error as Error).message).toContain(each.name)
              return
            }
            const path = await write(format, batch)
            const back = await read(await open(format, path), path, batch.schema, batch.schema)
            expect(back.rejected).toEqual([])
            expect(back.rows).toBe(batch.length)
            if (carried === 'same') expect(back.hash).toBe(hashOf(batch))
            else expect(back.hash).not.toBe(hashOf(batch))
            if (carried !== 'same') return
            // Without a declared schema: what the file says itself holds every value; text is read by what it holds, and no row is lost.
            const alone = await read(
              await open(format, path),
              path,
              undefined,
              typed.includes(format.name) ? batch.schema : undefined,
            )
            expect(alone.rejected).toEqual([])
            expect(alone.rows).toBe(batch.length)
            if (typed.includes(format.name)) expect(alone.hash).toBe(hashOf(batch))
          })
    })
  }
}
