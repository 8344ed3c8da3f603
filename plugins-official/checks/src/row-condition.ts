import {
  type Accumulator,
  type Batch,
  type Bits,
  type Check,
  type CondemningRule,
  type DatasetRule,
  type Measure,
  type RowRule,
  type TableSchema,
  takeBatch,
} from 'tidegate'
import { bitsFor, copied, hasBit } from './bits.ts'
import { ternaryOf } from './logic.ts'

/** A rule that speaks only of the rows which keep the condition: of a row rule's shares, and of what measures and partials are made from. */
export function underCondition(condition: Check, check: Check, name: string): Check['rule'] {
  const { rule } = check
  if (rule.scope === 'row') return rowRule(condition, check, rule)
  return rule.scope === 'dataset' ? datasetRule(condition, rule) : condemningRule(condition, rule, name)
}

type Met = (batch: Batch) => Bits

/** The rows that keep the condition; where it is unknown, it is not kept. */
function metBy(condition: Check, schema: TableSchema): Met {
  const judge = ternaryOf(condition, schema)
  return (batch) => {
    const met = bitsFor(batch.length)
    const unknown = bitsFor(batch.length)
    judge(batch, met, unknown)
    for (let i = 0; i < met.length; i++) met[i] = ~((met[i] as number) | (unknown[i] as number))
    if ((batch.length & 7) !== 0)
      met[met.length - 1] = (met[met.length - 1] as number) & ((1 << (batch.length & 7)) - 1)
    return met
  }
}

function codeOf(...rules: readonly Check['rule'][]): Pick<RowRule, 'code'> {
  const code = rules.flatMap((rule) => rule.code ?? [])
  return code.length === 0 ? {} : { code }
}

function rowRule(condition: Check, check: Check, rule: RowRule): RowRule {
  return {
    scope: 'row',
    ...codeOf(condition.rule, rule),
    ...(rule.explain === undefined ? {} : { explain: rule.explain.bind(rule) }),
    compile(schema) {
      const met = metBy(condition, schema)
      const judge = ternaryOf(check, schema)
      return (batch, failing) => {
        const concerned = met(batch)
        const fails = bitsFor(batch.length)
        judge(batch, fails, bitsFor(batch.length))
        for (let i = 0; i < fails.length; i++)
          failing[i] = (failing[i] as number) | ((fails[i] as number) & (concerned[i] as number))
        return ones(concerned)
      }
    },
  }
}

function datasetRule(condition: Check, rule: DatasetRule): DatasetRule {
  const measures = Object.entries(rule.measures).map(([name, measure]) => [name, restricted(condition, measure)])
  return { ...rule, ...codeOf(condition.rule, rule), measures: Object.fromEntries(measures) }
}

function restricted(condition: Check, measure: Measure): Measure {
  return {
    ...measure,
    name: `${measure.name} where ${condition.name}`,
    columns: [...new Set([...measure.columns, ...condition.columns])],
    create(schema): Accumulator {
      const met = metBy(condition, schema)
      const inner = measure.create(schema)
      return {
        stateFields: inner.stateFields,
        result: inner.result,
        add(batch, groups, count) {
          const rows = rowsOf(met(batch), batch.length)
          if (rows.length === batch.length) inner.add(batch, groups, count)
          else inner.add(takeBatch(batch, rows), groups && rows.map((row) => groups[row] as number), count)
        },
        merge: (state, groups, count) => inner.merge(state, groups, count),
        state: (count) => inner.state(count),
        finish: (count) => inner.finish(count),
      }
    },
  }
}

/** The partial: a bit a row for those that keep the condition, then what the rule itself collected of them. */
function condemningRule(condition: Check, rule: CondemningRule, name: string): CondemningRule {
  const { inMemory: _, ...kept } = rule // it looks at whole batches
  return {
    ...kept,
    ...codeOf(condition.rule, rule),
    collect(schema) {
      const met = metBy(condition, schema)
      const inner = rule.collect(schema)
      const concerned: Uint8Array[] = []
      let total = 0
      return {
        add(batch) {
          const own = met(batch)
          const rows = rowsOf(own, batch.length)
          inner.add(rows.length === batch.length ? batch : takeBatch(batch, rows))
          concerned.push(unpacked(own, batch.length))
          total += batch.length
        },
        finish() {
          const bits = packed(concerned, total)
          const rest = inner.finish()
          const out = new Uint8Array(bits.length + rest.length)
          out.set(bits)
          out.set(rest, bits.length)
          return out
        },
      }
    },
    async condemn(parts, facts) {
      const places: Int32Array[] = []
      for (const { rows, partial } of parts) places.push(rowsOf(copied(await partial(), 0, (rows + 7) >> 3), rows))
      const { rows, reason, ...rest } = await rule.condemn(
        parts.map(({ rows, partial, batches }, i) => ({
          rows: (places[i] as Int32Array).length,
          partial: async () => copied(await partial(), (rows + 7) >> 3),
          ...(batches === undefined
            ? {}
            : { batches: (options) => concerned(batches(options), places[i] as Int32Array) }),
        })),
        facts,
      )
      const found = new Map<number, Bits>()
      for (const [part, bits] of rows) {
        const own = bitsFor((parts[part] as (typeof parts)[number]).rows)
        for (const [i, row] of (places[part] as Int32Array).entries())
          if (hasBit(bits, i)) own[row >> 3] = (own[row >> 3] as number) | (1 << (row & 7))
        found.set(part, own)
      }
      return {
        of: places.reduce((sum, own) => sum + own.length, 0),
        ...rest,
        rows: found,
        reason: (part, row) => {
          const told = reason?.(part, placeOf(places[part] as Int32Array, row))
          return told === undefined ? undefined : `${name}: ${told}`
        },
      }
    },
  }
}

/** The rows at these places of all rows, which ascend. */
async function* concerned(batches: AsyncIterable<Batch>, places: Int32Array): AsyncIterable<Batch> {
  let [start, next] = [0, 0]
  for await (const batch of batches) {
    const first = next
    while (next < places.length && (places[next] as number) < start + batch.length) next++
    const own = places.subarray(first, next).map((row) => row - start)
    start += batch.length
    if (own.length > 0) yield takeBatch(batch, own)
  }
}

/** Where a row stands among rows that ascend. */
function placeOf(rows: Int32Array, row: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle] as number) < row) low = middle + 1
    else high = middle
  }
  return low
}

function rowsOf(bits: Bits, rows: number): Int32Array {
  const found: number[] = []
  for (let row = 0; row < rows; row++) if (hasBit(bits, row)) found.push(row)
  return Int32Array.from(found)
}

function unpacked(bits: Bits, rows: number): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, row) => (hasBit(bits, row) ? 1 : 0))
}

function packed(pieces: readonly Uint8Array[], rows: number): Bits {
  const bits = bitsFor(rows)
  let at = 0
  for (const piece of pieces)
    for (const set of piece) {
      if (set === 1) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7))
      at++
    }
  return bits
}

function ones(bits: Bits): number {
  let count = 0
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count++
  return count
}
