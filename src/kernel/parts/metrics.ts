import type { HistoryPoint } from '../../plugins/check.ts'
import type { Counts } from '../../plugins/events.ts'
import type { Measure } from '../../plugins/measure.ts'
import { canonicalJson } from '../hash/canonical-json.ts'
import { hashText } from '../hash/hash.ts'
import type { Blob, CheckOutcome } from './record.ts'
import { parseVersioned, type Store } from './store.ts'

/** Points kept of a node, at most. */
export const keptPoints = 1000
const pointsPerChunk = 50

/** A run of points. Full ones are never written again. */
export interface MetricChunk {
  readonly blob: Blob
  readonly points: number
}

/** What the gate of a node measured in one committed snapshot. */
export interface MetricPoint {
  /** Epoch milliseconds, UTC: the `now` of the run that committed it. */
  readonly at: number
  readonly runId: string
  readonly snapshot: string
  readonly counts: Counts
  /** Failed rows of each check; of a rule over the whole dataset all rows, where it did not pass. */
  readonly failed: Readonly<Record<string, number>>
  /** Results of the measures of dataset rules, by the measure's name: numbers, text, booleans and null. */
  readonly values: Readonly<Record<string, Scalar>>
}

export type Scalar = number | bigint | string | boolean | null

interface ChunkFile {
  readonly version: 1
  /** By the measure's name, what the name means: values of another meaning stand in another chunk. */
  readonly meanings: Readonly<Record<string, string>>
  readonly points: readonly MetricPoint[]
}

/** A measure's result, and under which name and meaning it is remembered. */
export interface Measured {
  readonly name: string
  readonly meaning: string
  readonly value: unknown
}

export function measured(measure: Measure, value: unknown): Measured {
  return { name: measure.name, meaning: meaningOf(measure), value }
}

export function meaningOf({ version, parameters }: Measure): string {
  return parameters === undefined ? String(version) : `${version} ${canonicalJson(parameters)}`
}

export function metricPoint(
  given: Pick<MetricPoint, 'at' | 'runId' | 'snapshot' | 'counts'>,
  checks: readonly CheckOutcome[],
  measures: readonly Measured[],
): MetricPoint {
  return {
    ...given,
    failed: Object.fromEntries(checks.map(({ name, failed }) => [name, failed])),
    values: Object.fromEntries(
      measures.flatMap(({ name, value }) => (isScalar(value) ? [[name, value ?? null] as const] : [])),
    ),
  }
}

/** The chunks with this point as the last; a point of the same snapshot is replaced, and stays the point of its time and run. */
export async function appendPoint(
  store: Store,
  chunks: readonly MetricChunk[],
  point: MetricPoint,
  measures: readonly Measured[],
): Promise<readonly MetricChunk[]> {
  const tail = chunks.at(-1)
  const open = tail === undefined ? undefined : await readChunk(store, tail)
  const meanings = Object.fromEntries(
    measures.flatMap(({ name, meaning }) => (name in point.values ? [[name, meaning] as const] : [])),
  )
  const last = open?.points.at(-1)
  const again = last?.snapshot === point.snapshot ? { ...point, at: last.at, runId: last.runId } : undefined
  const before = again === undefined ? (open?.points ?? []) : (open?.points.slice(0, -1) ?? [])
  const fits =
    open !== undefined &&
    before.length < pointsPerChunk &&
    Object.entries(meanings).every(([name, meaning]) => (open.meanings[name] ?? meaning) === meaning)
  const closed = fits
    ? chunks.slice(0, -1)
    : again === undefined
      ? chunks
      : [
          ...chunks.slice(0, -1),
          ...(await written(store, { version: 1, meanings: open?.meanings ?? {}, points: before })),
        ]
  const next: ChunkFile = {
    version: 1,
    meanings: fits ? { ...open.meanings, ...meanings } : meanings,
    points: [...(fits ? before : []), again ?? point],
  }
  return bounded([...closed, ...(await written(store, next))])
}

/** All points that are kept, oldest first. */
export async function readPoints(store: Store, chunks: readonly MetricChunk[]): Promise<readonly MetricPoint[]> {
  return (await Promise.all(chunks.map((chunk) => readChunk(store, chunk)))).flatMap(({ points }) => points)
}

export async function lastPoint(store: Store, chunks: readonly MetricChunk[]): Promise<MetricPoint | undefined> {
  const tail = chunks.at(-1)
  return tail === undefined ? undefined : (await readChunk(store, tail)).points.at(-1)
}

/** What a rule's measures were, oldest first: points in which none of them was measured, or meant something else, are left out. */
export async function historyOf(
  store: Store,
  chunks: readonly MetricChunk[],
  measures: Readonly<Record<string, Measure>>,
): Promise<readonly (HistoryPoint & { readonly snapshot: string })[]> {
  const files = await Promise.all(chunks.map((chunk) => readChunk(store, chunk)))
  return files.flatMap(({ meanings, points }) => {
    const own = Object.entries(measures).filter(([, measure]) => meanings[measure.name] === meaningOf(measure))
    if (own.length === 0) return []
    return points.flatMap(({ at, runId, snapshot, counts, values }) => {
      const known = own.filter(([, { name }]) => name in values)
      if (known.length === 0) return []
      const found = Object.fromEntries(known.map(([key, { name }]) => [key, values[name]]))
      return [{ at, runId, snapshot, rows: counts.rowsOut, values: found }]
    })
  })
}

function bounded(chunks: readonly MetricChunk[]): readonly MetricChunk[] {
  const total = chunks.reduce((sum, { points }) => sum + points, 0)
  const [first, ...rest] = chunks
  return first !== undefined && total - first.points >= keptPoints ? bounded(rest) : chunks
}

async function readChunk(store: Store, { blob }: MetricChunk): Promise<ChunkFile> {
  const bytes = await store.getBlob(blob)
  const { points, ...rest } = parseVersioned<ChunkFile>('path' in blob ? blob.path : 'a metric history', bytes)
  return {
    ...rest,
    points: points.map((point) => ({
      ...point,
      values: Object.fromEntries(Object.entries(point.values).map(([name, value]) => [name, unpacked(value)])),
    })),
  }
}

async function written(store: Store, file: ChunkFile): Promise<readonly MetricChunk[]> {
  if (file.points.length === 0) return []
  const points = file.points.map((point) => ({
    ...point,
    values: Object.fromEntries(Object.entries(point.values).map(([name, value]) => [name, packed(value)])),
  }))
  const text = JSON.stringify({ ...file, points })
  return [{ blob: await store.putBlob(`${hashText(text)}.metrics`, Buffer.from(text)), points: file.points.length }]
}

function isScalar(value: unknown): value is Scalar | undefined {
  if (typeof value === 'string') return value.length <= 200
  return value === null || value === undefined || ['number', 'bigint', 'boolean'].includes(typeof value)
}

/** JSON has no bigint, NaN and infinity. */
function packed(value: Scalar): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) }
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value
}

function unpacked(value: unknown): Scalar {
  if (typeof value !== 'object' || value === null) return value as Scalar
  return 'bigint' in value ? BigInt(value.bigint as string) : Number((value as { readonly number: string }).number)
}
