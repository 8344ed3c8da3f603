import type { CondemningRule, RowVerdict } from '../../plugins/check.ts'
import { countBits, hasBit } from '../bits.ts'
import type { Tally } from '../gate/decide.ts'
import type { GatePlan } from '../gate/gate-plan.ts'
import { quarantineRows, quarantineSchema } from '../gate/quarantine.ts'
import { hashJson } from '../hash/hash.ts'
import type { OutputPart, PartRecord } from '../parts/record.ts'
import { concatBatches } from '../schema/concat.ts'
import { conform } from '../schema/conform.ts'
import type { TableSchema } from '../types.ts'
import type { Engine } from './engine.ts'
import type { NodeState } from './node-state.ts'
import type { AskVerdict } from './resolve.ts'

export interface Condemned {
  readonly parts: readonly OutputPart[]
  readonly tallies: ReadonlyMap<string, Tally>
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
): Promise<Condemned> {
  const { node } = state
  const rules = plan.checks.flatMap(({ check, verdict }) =>
    check.rule.scope === 'condemning' ? [{ check, verdict, rule: check.rule as CondemningRule }] : [],
  )
  const tallies = new Map<string, Tally>()
  if (rules.length === 0)
    return { parts: records.map((record) => ({ record })), tallies, gone: 0, aside: 0, dropped: 0, warned: 0 }
  const sizes = records.map((record) => record.counts.rowsOut)
  const verdicts: {
    readonly name: string
    readonly verdict: RowVerdict
    readonly bits: ReadonlyMap<number, Uint8Array>
  }[] = []
  for (const { check, verdict, rule } of rules) {
    const bits = await rule.condemn(
      records.map((record, index) => ({
        rows: sizes[index] as number,
        partial: () => engine.store.getBlob(record.condemn[check.name] as PartRecord['condemn'][string]),
      })),
    )
    const failed = [...bits.values()].reduce((sum, own) => sum + countBits(own), 0)
    const actual = verdict !== 'ask' ? verdict : failed === 0 ? undefined : await ask(node.name, check.name)
    tallies.set(check.name, { failed, verdict: actual })
    if (failed > 0) verdicts.push({ name: check.name, verdict: actual as RowVerdict, bits })
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
        split.aside.length === 0 ? undefined : await setAside(engine, record, split.aside, split.reasons, schema)
      parts.push({
        record,
        condemned: { bits: Buffer.from(split.bits).toString('base64'), rows: split.gone.length },
        ...(quarantine === undefined ? {} : { quarantine }),
      })
    }
  }
  return { parts, tallies, gone, aside, dropped, warned }
}

function splitCondemned(
  rows: number,
  index: number,
  verdicts: readonly {
    readonly name: string
    readonly verdict: RowVerdict
    readonly bits: ReadonlyMap<number, Uint8Array>
  }[],
) {
  const bits = new Uint8Array((rows + 7) >> 3)
  const gone: number[] = []
  const aside: number[] = []
  const reasons: string[] = []
  let warned = 0
  const own = verdicts.flatMap(({ name, verdict, bits }) =>
    bits.has(index) ? [{ name, verdict, bits: bits.get(index) as Uint8Array }] : [],
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
      reasons.push(failed.map((rule) => rule.name).join('; '))
    }
  }
  return { bits, gone, aside, reasons, warned }
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
