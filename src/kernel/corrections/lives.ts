import type { Batch } from '../columns/batch.ts'
import { FlatColumn, ValuesColumn } from '../columns/column.ts'
import { DictionaryColumn } from '../columns/text.ts'
import { type QuarantineLives, type QuarantineStatus, quarantineStatuses } from '../parts/record.ts'
import { decodeState, encodeState } from '../parts/state.ts'
import type { Store } from '../parts/store.ts'
import { type Field, types } from '../types.ts'
import { putState } from './put-state.ts'

/** A run, and its time: epoch milliseconds, UTC. */
export interface Moment {
  readonly runId: string
  readonly at: number
}

/** What happened to one rejected row. */
export interface Life {
  readonly status: QuarantineStatus
  /** As they were when the row was last rejected. */
  readonly reasons: string
  readonly part: string
  readonly row: number
  readonly first: Moment
  /** Undefined while the row is rejected: the run that made the section has seen it. */
  readonly last: Moment | undefined
  /** When the status was last changed by people, or closed by a run; why and by whom, where people did it. */
  readonly changed: Moment | undefined
  readonly why: string | undefined
  readonly by: string | undefined
}

const texts = ['_key', 'status', 'reasons', 'part', 'first run', 'last run', 'changed run', 'why', 'by'] as const
const numbers = ['row', 'first at', 'last at', 'changed at'] as const
const fields: readonly Field[] = [
  ...texts.map((name): Field => ({ name, type: types.string, nullable: true })),
  ...numbers.map((name): Field => ({ name, type: types.float64, nullable: true })),
]

/** Stores the lives in the order of the map; equal lives are the same file. */
export async function putLives(store: Store, lives: ReadonlyMap<string, Life>): Promise<QuarantineLives> {
  const all = [...lives]
  const text = (value: (life: Life) => string | undefined) => {
    return coded(all.map(([, life]) => value(life) ?? null))
  }
  const number = (value: (life: Life) => number | undefined) => {
    const values = all.map(([, life]) => value(life) ?? null)
    return new FlatColumn(
      types.float64,
      Float64Array.from(values, (cell) => cell ?? 0),
      presence(values),
    )
  }
  const batch: Batch = {
    schema: { fields },
    length: all.length,
    columns: [
      new ValuesColumn(
        types.string,
        all.map(([key]) => key),
      ),
      text((life) => life.status),
      text((life) => life.reasons),
      text((life) => life.part),
      text((life) => life.first.runId),
      text((life) => life.last?.runId),
      text((life) => life.changed?.runId),
      text((life) => life.why),
      text((life) => life.by),
      number((life) => life.row),
      number((life) => life.first.at),
      number((life) => life.last?.at),
      number((life) => life.changed?.at),
    ],
  }
  const rows = quarantineStatuses.flatMap((status) => {
    const count = all.reduce((sum, [, life]) => sum + Number(life.status === status), 0)
    return count === 0 ? [] : [[status, count] as const]
  })
  return { lives: await putState(store, encodeState(batch)), rows: Object.fromEntries(rows) }
}

/** By key, in the order in which they were stored. */
export async function readLives(store: Store, stored: QuarantineLives | undefined): Promise<ReadonlyMap<string, Life>> {
  const lives = new Map<string, Life>()
  if (stored === undefined) return lives
  for (const batch of await decodeState(await store.getBlob(stored.lives), { fields })) {
    const cells = (name: string): readonly unknown[] => {
      const column = batch.columns[batch.schema.fields.findIndex((field) => field.name === name)]
      return Array.from({ length: batch.length }, (_, row) => column?.at(row) ?? undefined)
    }
    const [keys, status, reasons, part, why, by] = ['_key', 'status', 'reasons', 'part', 'why', 'by'].map(
      (name) => cells(name) as readonly (string | undefined)[],
    ) as [Texts, Texts, Texts, Texts, Texts, Texts]
    const rows = cells('row')
    const [first, last, changed] = ['first', 'last', 'changed'].map((name) =>
      momentsOf(cells(`${name} run`), cells(`${name} at`)),
    ) as [Moments, Moments, Moments]
    for (let row = 0; row < batch.length; row++)
      lives.set(keys[row] as string, {
        status: status[row] as QuarantineStatus,
        reasons: reasons[row] ?? '',
        part: part[row] ?? '',
        row: (rows[row] as number | undefined) ?? 0,
        first: first[row] as Moment,
        last: last[row],
        changed: changed[row],
        why: why[row],
        by: by[row],
      })
  }
  return lives
}

type Texts = readonly (string | undefined)[]
type Moments = readonly (Moment | undefined)[]

/** One object a run: few runs stand in many rows. */
function momentsOf(runs: readonly unknown[], times: readonly unknown[]): Moments {
  const known = new Map<string, Moment>()
  return (runs as Texts).map((runId, row) => {
    if (runId === undefined) return undefined
    const at = times[row] as number
    const before = known.get(runId)
    if (before?.at === at) return before
    const moment = { runId, at }
    known.set(runId, moment)
    return moment
  })
}

/** Few runs, parts and reasons stand in many rows. */
function coded(values: readonly (string | null)[]): DictionaryColumn {
  const known = new Map<string, number>()
  const codes = new Int32Array(values.length)
  for (const [row, value] of values.entries()) {
    if (value === null) continue
    const code = known.get(value) ?? known.size
    known.set(value, code)
    codes[row] = code
  }
  return new DictionaryColumn(codes, [...known.keys()], presence(values))
}

function presence(values: readonly unknown[]): Uint8Array | undefined {
  if (!values.includes(null)) return undefined
  const bits = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, row) => {
    if (value !== null) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  })
  return bits
}
