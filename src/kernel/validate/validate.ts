import type { ColumnTable } from 'arquero'
import type { Bits, Check, CondemningRule, GateFacts, RowVerdict } from '../../plugins/check.ts'
import { bitsOf, countBits, rowsClear } from '../bits.ts'
import { wallClock } from '../context.ts'
import { decideGate, halts, type Tally } from '../gate/decide.ts'
import { refuseUnknownKey } from '../gate/quarantine.ts'
import { createRowGate } from '../gate/row-gate.ts'
import type { Table } from '../table.ts'
import type { Condemning } from './condemned-rows.ts'
import { createFoldRules } from './fold-rules.ts'
import { othersOf } from './other-rows.ts'
import { columnsOfMany, planOf } from './plan-of.ts'
import { type Data, encodeTexts, rowsOf } from './rows-of.ts'
import { createSeenRows, type SeenRows } from './seen-rows.ts'
import type { SplitValidation, ValidateFn, ValidateOptions, Validation } from './validation.ts'

const none = new Int32Array(0)

/**
 * Checks rows in memory, or a stream of them, in one pass and without a pipeline, by the very rules of a node's gate: same verdicts, counts,
 * thresholds, reasons. Row rules decide first; rules over the whole dataset see the rows that pass these. No workspace, hook or history: a check
 * whose verdict a hook would tell gets `halt`, one that looks back finds no history.
 *
 * `data`: an Arquero table, an Arrow table (Flechette's, or the bytes of an Arrow stream), columns by name (arrays, typed arrays, typed columns), a
 * batch, or an array or async iterable of tables or batches. Typed and Arrow columns are not copied.
 *
 * @throws `CONFIG_INVALID` for what holds no rows, for two checks of one name, and for a check that looks at a dataset whose rows are not here;
 * `COLUMN_MISSING` and `SCHEMA_MISMATCH` where a check or the key does not fit the columns; `CHECK_FAILED` where one throws.
 */
export const validate = (async (data: Data, checks: readonly Check[], options: ValidateOptions = {}) => {
  const { split = false, name = 'data', now = wallClock(), signal = new AbortController().signal } = options
  const plan = planOf(name, checks, options)
  const others = othersOf(name, checks, options.others)
  const rows = rowsOf(data, name)
  const { held } = rows
  const gate = createRowGate({ node: name, part: name, plan, answers: () => undefined, setsAside: split })
  const fold = createFoldRules(plan, name, split || held !== undefined)
  let asGiven = held?.length === 1
  const seen = createSeenRows({ name, key: plan.key, kept: split, whole: () => (asGiven ? held?.[0] : undefined) })
  const shared = columnsOfMany(checks)
  let start = 0
  for await (const batch of rows.batches()) {
    signal.throwIfAborted()
    if (start === 0) refuseUnknownKey(name, plan, batch.schema)
    const first = start
    start += batch.length
    encodeTexts(batch, shared)
    const judged = gate.judge(batch)
    const { passed, quarantined, repairs } = gate.apply(judged)
    const set = { aside: quarantined, repairs }
    if (judged.repaired === undefined) {
      fold.add(batch, passed, judged.gone)
      seen.add(batch, judged.gone, set, (row) => first + row)
    } else {
      // Rows that pass are no longer the ones that came.
      asGiven = false
      const stays = rowsClear(bitsOf(judged.gone, batch.length), batch.length)
      fold.add(passed, passed, none)
      seen.add(passed, none, set, (row) => first + (stays[row] as number))
    }
  }
  const facts = (check: Check): GateFacts => ({ now, others: others(check), history: [], signal })
  const { decided, condemned } = await fold.finish(seen.schema, facts)
  const tallies = new Map<string, Tally>()
  for (const [check, count] of Object.entries(gate.checks)) {
    const sample = gate.samples[check]
    const repaired = gate.repaired[check]
    tallies.set(check, {
      ...count,
      ...(sample === undefined ? {} : { sample }),
      ...(repaired === undefined ? {} : { repaired }),
    })
  }
  const planned = new Map(plan.checks.map((one) => [one.check.name, one]))
  const condemning = condemned.map((rule): Condemning => {
    const { check, verdict } = planned.get(rule.check) as (typeof plan.checks)[number]
    return { ...rule, verdict: verdict as RowVerdict, dropsAs: (check.rule as CondemningRule).dropsAs }
  })
  for (const { check, bits, of, verdict } of condemning)
    tallies.set(check, { failed: countAll(bits), ...(of === undefined ? {} : { of }), verdict })
  const counts = seen.condemn(condemning, gate.counts())
  const { rowsIn, rowsOut } = counts
  const outcomes = decideGate(plan, { rows: rowsIn, gone: rowsIn - rowsOut, tallies, decided })
  const result: Validation = { pass: !outcomes.some(halts), counts, outcomes }
  return split ? withTables(result, seen) : result
}) as ValidateFn

function countAll(bits: readonly (Bits | undefined)[]): number {
  return bits.reduce((sum, own) => sum + (own === undefined ? 0 : countBits(own)), 0)
}

/** Tables are made when they are read, once. */
function withTables(result: Validation, seen: SeenRows): SplitValidation {
  let passed: ColumnTable | undefined
  let failed: ColumnTable | undefined
  let repairs: ColumnTable | undefined
  return {
    ...result,
    get passed() {
      passed ??= seen.passed()
      return passed as unknown as Table
    },
    get failed() {
      failed ??= seen.failed()
      return failed as unknown as Table
    },
    get repairs() {
      repairs ??= seen.repairs()
      return repairs as unknown as Table<never>
    },
  }
}
