import { BitSet, type ColumnTable } from 'arquero'
import type { Counts } from '../../plugins/events.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import { toTable } from '../columns/from-table.ts'
import { quarantineRows, quarantineSchema } from '../gate/quarantine.ts'
import { droppedCells, repairsSchema, taggedRepairs } from '../gate/repair-audit.ts'
import { concatBatches } from '../schema/concat.ts'
import { unifySchemas } from '../schema/unify.ts'
import type { TableSchema } from '../types.ts'
import { type Condemning, condemnedRows, type ToldRow } from './condemned-rows.ts'

/** The rows that have gone through the row rules, and what became of them. Where they are not `kept`, their numbers alone. */
export interface SeenRows {
  readonly schema: TableSchema
  /** `gone`: rows of the batch that do not pass. `numberOf` a row of the batch: its number in the data. */
  add(batch: Batch, gone: Int32Array, set: BesideRows, numberOf: (row: number) => number): void
  /** Takes rows away that rules over the whole dataset condemn; the counts afterwards. */
  condemn(rules: readonly Condemning[], before: Counts): Counts
  /** The rows that pass, as a filter over the columns they came in: nothing is copied before somebody reads. */
  passed(): ColumnTable
  /** The rows that are set aside, as a pipeline's quarantine has them. */
  failed(): ColumnTable
  /** The cells that repairs changed, as a pipeline's node has them. */
  repairs(): ColumnTable
}

/** What a gate makes of a batch besides its passing rows. */
export interface BesideRows {
  readonly aside: Batch | undefined
  readonly repairs: Batch | undefined
}

/** `key`: the columns that rows are known by. `whole`: all rows as they were given, if that was in one piece and they are as they were. */
export function createSeenRows(given: {
  readonly name: string
  readonly key: readonly string[] | undefined
  readonly kept: boolean
  readonly whole: () => Batch | undefined
}): SeenRows {
  const { name, key, kept, whole } = given
  let schema: TableSchema | undefined = whole()?.schema
  const lengths: number[] = []
  const numbers: ((row: number) => number)[] = []
  const batches: Batch[] = []
  const gone: Int32Array[][] = []
  const aside: Batch[] = []
  const cells: Batch[] = []
  return {
    get schema() {
      return schema ?? { fields: [] }
    },
    add(batch, rows, set, numberOf) {
      schema = schema === undefined ? batch.schema : unifySchemas(schema, batch.schema, { node: name })
      lengths.push(batch.length)
      if (!kept) return
      batches.push(batch)
      numbers.push(numberOf)
      gone.push([rows])
      if (set.aside !== undefined) aside.push(set.aside)
      if (set.repairs !== undefined) cells.push(set.repairs)
    },
    condemn(rules, before) {
      if (rules.every(({ bits }) => bits.every((own) => own === undefined))) return before
      let [out, quarantined, dropped, warned] = [0, 0, 0, 0]
      for (const [i, length] of lengths.entries()) {
        const found = condemnedRows(rules, i, length)
        out += found.gone.length
        quarantined += found.aside.length
        dropped += found.gone.length - found.aside.length
        warned += found.warned
        if (!kept) continue
        const [batch, numberOf] = [batches[i] as Batch, numbers[i] as (row: number) => number]
        gone[i]?.push(found.gone)
        if (found.aside.length > 0) {
          const reasons = Array.from(found.aside, found.reasonsOf)
          const own = Float64Array.from(found.aside, numberOf)
          aside.push(quarantineRows(batch, found.aside, reasons, name, own, key))
        }
        const told = found.told()
        if (told.length > 0) cells.push(cellsOf(batch, told, { part: name, key, numberOf }))
      }
      return {
        ...before,
        rowsOut: before.rowsOut - out,
        quarantined: before.quarantined + quarantined,
        dropped: before.dropped + dropped,
        warned: before.warned + warned,
      }
    },
    passed() {
      const plain = toTable(whole() ?? concatBatches(schema ?? { fields: [] }, batches))
      if (gone.flat().every((rows) => rows.length === 0)) return plain
      const stays = new BitSet(plain.totalRows())
      stays.not()
      let start = 0
      for (const [i, lists] of gone.entries()) {
        for (const rows of lists) for (let at = 0; at < rows.length; at++) stays.clear(start + (rows[at] as number))
        start += lengths[i] as number
      }
      return plain.create({ filter: stays } as never)
    },
    failed: () => toTable(concatBatches(quarantineSchema(schema ?? { fields: [] }), aside)),
    repairs() {
      const tagged = taggedRepairs(schema ?? repairsSchema)
      return toTable(concatBatches(tagged, cells))
    },
  }
}

function cellsOf(
  batch: Batch,
  told: readonly ToldRow[],
  of: {
    readonly part: string
    readonly key: readonly string[] | undefined
    readonly numberOf: (row: number) => number
  },
): Batch {
  const rows = Int32Array.from(told, ({ row }) => row)
  return droppedCells(takeBatch(batch, rows), {
    part: of.part,
    numbers: Float64Array.from(rows, of.numberOf),
    key: of.key,
    rules: told.map(({ rule }) => rule),
    repairs: told.map(({ repair }) => repair),
  })
}
