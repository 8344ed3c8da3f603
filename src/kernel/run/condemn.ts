import type { Condemnation, CondemningRule, Decision, RowVerdict } from '../../plugins/check.ts'
import { countBits, hasBit } from '../bits.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import type { Tally } from '../gate/decide.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { quarantineRows, quarantineSchema } from '../gate/quarantine.ts'
import { droppedCells, repairsSchema } from '../gate/repair-audit.ts'
import { hashJson } from '../hash/hash.ts'
import type { OutputPart, PartRecord, StoredData } from '../parts/record.ts'
import { concatBatches } from '../schema/concat.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'
import type { ReadOptions } from './dataset.ts'
import type { Engine } from './engine.ts'
import { factsOf } from './gate-facts.ts'
import type { NodeState } from './node-state.ts'
import type { AskVerdict } from './resolve.ts'

export interface Condemned {
  readonly parts: readonly OutputPart[]
  readonly tallies: ReadonlyMap<string, Tally>
  /** What rules say is wrong beyond rows of this dataset. */
  readonly decided: ReadonlyMap<string, Decision>
  readonly gone: number
  readonly aside: number
  readonly dropped: number
  readonly warned: number
}

/** Rules over the whole dataset that name rows: output part = record minus a bitmap, so that an unchanged part is not written again. */
export async function condemn(
  engine: Engine,
  state: NodeState,
  plan: GatePlan,
  records: readonly PartRecord[],
  schema: TableSchema,
  ask: AskVerdict,
  signal: AbortSignal,
): Promise<Condemned> {
  const { node } = state
  const rules = plan.checks.flatMap(({ check, verdict }) =>
    check.rule.scope === 'condemning' ? [{ check, verdict, rule: check.rule as CondemningRule }] : [],
  )
  const tallies = new Map<string, Tally>()
  const decided = new Map<string, Decision>()
  if (rules.length === 0)
    return { parts: records.map((record) => ({ record })), tallies, decided, gone: 0, aside: 0, dropped: 0, warned: 0 }
  const sizes = records.map((record) => record.counts.rowsOut)
  const verdicts: Sentence[] = []
  for (const { check, verdict, rule } of rules) {
    const {
      rows: bits,
      of,
      reason,
      dataset,
    } = await rule.condemn(
      records.map((record, index) => ({
        rows: sizes[index] as number,
        partial: () => engine.store.getBlob(record.condemn[check.name] as PartRecord['condemn'][string]),
        batches: (options = {}) => passingRows(engine, record, schema, { ...options, signal }),
      })),
      factsOf(engine, state, check, { now: engine.settings.now, history: [], signal }),
    )
    if (dataset !== undefined) decided.set(check.name, dataset)
    const failed = [...bits.values()].reduce((sum, own) => sum + countBits(own), 0)
    const actual = verdict !== 'ask' ? verdict : failed === 0 ? undefined : await ask(node.name, check.name)
    tallies.set(check.name, { failed, ...(of === undefined ? {} : { of }), verdict: actual })
    if (failed > 0)
      verdicts.push({ name: check.name, verdict: actual as RowVerdict, bits, reason, dropsAs: rule.dropsAs })
  }
  let [gone, aside, dropped, warned] = [0, 0, 0, 0]
  const parts: OutputPart[] = []
  for (const [index, record] of records.entries()) {
    const split = splitCondemned(sizes[index] as number, index, verdicts)
    gone += split.gone.length
    aside += split.aside.length
    dropped += split.gone.length - split.aside.length
    warned += split.warned
    if (split.gone.length === 0) parts.push({ record })
    else {
      const quarantine =
        split.aside.length === 0
          ? undefined
          : asBefore(await setAside(engine, record, split.aside, split.reasons, schema), state, record)
      parts.push({
        record,
        condemned: { bits: Buffer.from(split.bits).toString('base64'), rows: split.gone.length },
        ...(quarantine === undefined ? {} : { quarantine }),
        ...(split.told.length === 0 ? {} : { repairs: await tellDropped(engine, state, record, split.told, schema) }),
      })
    }
  }
  return { parts, tallies, decided, gone, aside, dropped, warned }
}

interface Sentence {
  readonly name: string
  readonly verdict: RowVerdict
  readonly bits: ReadonlyMap<number, Uint8Array>
  readonly reason: Condemnation['reason']
  readonly dropsAs: string | undefined
}

/** A row that was dropped by a rule which tells of it. */
interface ToldRow {
  readonly row: number
  readonly rule: string
  readonly repair: string
}

/** The rows of a record that passed the rules about rows, read back. */
async function* passingRows(
  engine: Engine,
  record: PartRecord,
  schema: TableSchema,
  options: ReadOptions,
): AsyncIterable<Batch> {
  const { columns } = options
  const target = columns === undefined ? schema : { fields: schema.fields.filter(({ name }) => columns.includes(name)) }
  for await (const batch of engine.store.readData(record.data as NonNullable<PartRecord['data']>, options))
    yield conform(batch, target, { node: record.node, nulls: 'leave' })
}

function splitCondemned(rows: number, index: number, verdicts: readonly Sentence[]) {
  const bits = new Uint8Array((rows + 7) >> 3)
  const gone: number[] = []
  const aside: number[] = []
  const reasons: string[] = []
  const told: ToldRow[] = []
  let warned = 0
  const own = verdicts.flatMap(({ bits, ...rest }) =>
    bits.has(index) ? [{ ...rest, bits: bits.get(index) as Uint8Array }] : [],
  )
  for (let row = 0; own.length > 0 && row < rows; row++) {
    const failed = own.filter((rule) => hasBit(rule.bits, row))
    if (failed.length === 0) continue
    if (failed.every((rule) => rule.verdict === 'warn')) {
      warned++
      continue
    }
    bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
    gone.push(row)
    if (failed.some((rule) => rule.verdict === 'halt' || rule.verdict === 'quarantine')) {
      aside.push(row)
      reasons.push(failed.map(({ name, reason }) => reason?.(index, row) ?? name).join('; '))
    } else {
      const by = failed.find(({ verdict, dropsAs }) => verdict === 'drop' && dropsAs !== undefined)
      if (by?.dropsAs !== undefined) told.push({ row, rule: by.name, repair: by.dropsAs })
    }
  }
  return { bits, gone, aside, reasons, told, warned }
}

/** The numbers in the part of rows that are counted among those that passed the row gate; both ascend. */
function numbersOf(rows: readonly number[], removed: Uint8Array | undefined): Float64Array {
  const numbers = Float64Array.from(rows)
  if (removed === undefined) return numbers
  const entered = 8 * removed.length
  let before = 0
  for (let i = 0, passed = 0, number = 0; i < rows.length; i++, passed++, number++) {
    const row = rows[i] as number
    while (passed < row || (number < entered && hasBit(removed, number))) {
      if (number < entered && hasBit(removed, number)) before++
      else passed++
      number++
    }
    numbers[i] = row + before
  }
  return numbers
}

/** What says the same as the file of the committed state or of the withheld attempt is that file, so that deciding again to the same end changes nothing. */
function asBefore(made: StoredData, state: NodeState, record: PartRecord): StoredData {
  const schema = JSON.stringify(made.schema)
  const before = partsBefore(state, record).map(({ quarantine }) => quarantine)
  return before.find((own) => own?.content === made.content && JSON.stringify(own.schema) === schema) ?? made
}

/** What became of a record in the committed state, and in the attempt that the gate withheld. */
function partsBefore({ previous, attempt }: NodeState, { key }: PartRecord): readonly OutputPart[] {
  const parts = [previous, attempt].map((section) => section?.parts.find(({ record }) => record.key === key))
  return parts.filter((part) => part !== undefined)
}

/** Every cell of the dropped rows, read back from the record's data, in a file of their own. */
async function tellDropped(
  engine: Engine,
  state: NodeState,
  record: PartRecord,
  told: readonly ToldRow[],
  schema: TableSchema,
): Promise<NonNullable<OutputPart['repairs']>> {
  const { runId } = engine.settings
  const numbers = numbersOf(
    told.map(({ row }) => row),
    record.removed === undefined ? undefined : await engine.store.getBlob(record.removed),
  )
  const writer = engine.store.writeData(`${hashJson([record.key, told, runId])}.dropped`, repairsSchema)
  let first = 0
  let at = 0
  for await (const batch of passingRows(engine, record, schema, {})) {
    const start = at
    while (at < told.length && (told[at] as ToldRow).row < first + batch.length) at++
    const own = told.slice(start, at)
    if (own.length > 0)
      await writer.add(
        droppedCells(
          takeBatch(
            batch,
            Int32Array.from(own, ({ row }) => row - first),
          ),
          {
            part: record.part,
            numbers: numbers.subarray(start, at),
            key: engine.gates.get(record.node)?.key,
            rules: own.map(({ rule }) => rule),
            repairs: own.map(({ repair }) => repair),
          },
        ),
      )
    first += batch.length
  }
  const made = await writer.finish()
  const before = partsBefore(state, record).map(({ repairs }) => repairs)
  return before.find((own) => own?.content === made.content) ?? { ...made, runId }
}

/** Condemned rows, read back from the record's data, as a quarantine file of their own. */
async function setAside(
  engine: Engine,
  record: PartRecord,
  rows: readonly number[],
  reasons: readonly string[],
  schema: TableSchema,
) {
  const found = []
  const numbers = numbersOf(rows, record.removed === undefined ? undefined : await engine.store.getBlob(record.removed))
  let first = 0
  let at = 0
  for await (const batch of engine.store.readData(record.data as NonNullable<PartRecord['data']>)) {
    const start = at
    while (at < rows.length && (rows[at] as number) < first + batch.length) at++
    if (at > start) {
      const own = rows.slice(start, at).map((row) => row - first)
      found.push(
        quarantineRows(
          conform(batch, schema, { node: record.node, nulls: 'leave' }),
          Int32Array.from(own),
          reasons.slice(start, at),
          record.part,
          numbers.subarray(start, at),
          engine.gates.get(record.node)?.key,
        ),
      )
    }
    first += batch.length
  }
  const target = quarantineSchema(schema)
  const writer = engine.store.writeData(
    `${hashJson([record.key, rows, reasons, engine.settings.runId])}.condemned`,
    target,
  )
  await writer.add(concatBatches(target, found))
  return writer.finish()
}
