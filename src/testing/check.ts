import assert from 'node:assert/strict'
import { countBits, createBits, hasBit } from '../kernel/bits.ts'
import { type Batch, sliceBatch, takeBatch } from '../kernel/columns/batch.ts'
import type { Awaitable } from '../kernel/context.ts'
import { isTidegateError } from '../kernel/errors.ts'
import { createRandom } from '../kernel/hash/random.ts'
import { declaredSchema } from '../kernel/schema/declared.ts'
import type { TableSchema } from '../kernel/types.ts'
import type { Check, RowRule } from '../plugins/check.ts'
import { type BoundCheck, type CheckSubject, cut, datasets, encodedForms } from './check-data.ts'
import { condemningCases, datasetCases } from './check-fold.ts'
import { casesOf, throughJson } from './contract.ts'
import { batchOfRows } from './harness.ts'
import type { ContractCase } from './lineage-store.ts'

/** What every check must do, whatever its scope: the same answer for any batches, any parts and any encoding of the columns. */
export function checkContract(
  subject: CheckSubject & { readonly scope: Check['rule']['scope'] },
): readonly ContractCase[] {
  const own = { row: rowCases, dataset: datasetCases, condemning: condemningCases }[subject.scope]
  const bind = async (): Promise<BoundCheck> => {
    const check = await subject.make()
    assert.equal(check.rule.scope, subject.scope, 'the scope of the rule')
    const { fields } = declaredSchema(subject.schema)
    return { ...subject, check, physical: { fields: fields.map((field) => ({ ...field, nullable: true })) } }
  }
  return casesOf({ ...common, ...own }, bind)
}

type Case = (bound: BoundCheck) => Awaitable<void>

const common: Readonly<Record<string, Case>> = {
  async 'has the same name, columns and parameters each time it is made'({ make, check, physical }) {
    const facts = ({ name, columns, parameters }: Check) => ({ name, columns, parameters })
    assert.deepEqual(facts(await make()), facts(check))
    assert.ok(check.name.length > 0)
    assert.deepEqual(
      throughJson(check.parameters ?? null),
      check.parameters ?? null,
      'the parameters are part of the recipe, so they must be JSON',
    )
    for (const column of check.columns)
      assert.ok(
        physical.fields.some(({ name }) => name === column),
        `it names "${column}", which is no column of the schema`,
      )
  },
  'refuses a schema without its columns'({ check, physical }) {
    for (const column of check.columns) {
      const without = { fields: physical.fields.filter(({ name }) => name !== column) }
      assert.throws(
        () => bindTo(check, without),
        (error: unknown) =>
          isTidegateError(error) &&
          ['COLUMN_MISSING', 'SCHEMA_MISMATCH'].includes(error.code) &&
          error.message.includes(column),
        `without "${column}" there is no COLUMN_MISSING that names it`,
      )
    }
  },
}

function bindTo({ rule }: Check, schema: TableSchema): void {
  if (rule.scope === 'row') rule.compile(schema)
  else if (rule.scope === 'condemning') rule.collect(schema)
  else for (const measure of Object.values(rule.measures)) measure.create(schema)
}

const rowCases: Readonly<Record<string, Case>> = {
  'fails the rows that must fail, and no others'(bound) {
    assert.deepEqual(
      bitsOf(bound, batchOfRows(bound.physical, bound.passing)),
      bound.passing.map(() => false),
    )
    assert.deepEqual(
      bitsOf(bound, batchOfRows(bound.physical, bound.failing)),
      bound.failing.map(() => true),
    )
  },
  'treats absent values as unknown, unless it is about them'(bound) {
    const { check, nulls = 'pass' } = bound
    if (check.columns.length === 0) return
    const rows = bound.failing.map((row) => ({
      ...row,
      ...Object.fromEntries(check.columns.map((column) => [column, null])),
    }))
    assert.deepEqual(
      bitsOf(bound, batchOfRows(bound.physical, rows)),
      rows.map(() => nulls === 'fail'),
    )
  },
  'gives the same bits wherever batches end'(bound) {
    for (const batch of datasets(bound)) {
      const whole = bitsOf(bound, batch)
      for (const size of [1, 2, 7, 8, 9, 63]) {
        const split = cut(batch, size).flatMap((piece) => bitsOf(bound, piece))
        assert.deepEqual(split, whole, `in batches of ${size} rows`)
      }
    }
  },
  'looks at each row alone, whatever stands beside it'(bound) {
    const random = createRandom('order')
    for (const batch of datasets(bound)) {
      const whole = bitsOf(bound, batch)
      const order = Int32Array.from({ length: batch.length }, (_, i) => i).sort(() => random() - 0.5)
      assert.deepEqual(
        bitsOf(bound, takeBatch(batch, order)),
        Array.from(order, (row) => whole[row]),
      )
      const twice = Int32Array.from({ length: 2 * batch.length }, (_, i) => i >> 1)
      assert.deepEqual(
        bitsOf(bound, takeBatch(batch, twice)),
        Array.from(twice, (row) => whole[row]),
        'with every row twice',
      )
    }
  },
  'gives the same bits for every encoding of the columns'(bound) {
    for (const batch of datasets(bound)) {
      const whole = bitsOf(bound, batch)
      for (const [form, encoded] of encodedForms(batch)) assert.deepEqual(bitsOf(bound, encoded), whole, form)
    }
  },
  'remembers nothing from one batch to the next'(bound) {
    const rule = bound.check.rule as RowRule
    for (const batch of datasets(bound)) {
      const run = rule.compile(batch.schema)
      const bits = () => {
        const failing = createBits(batch.length)
        run(batch, failing)
        return [...failing]
      }
      assert.deepEqual([bits(), bits()], [bits(), bits()])
      run(sliceBatch(batch, 0, 0), createBits(0))
      assert.deepEqual(bits(), [...bitsAgain(rule, batch)])
    }
  },
  'sets bits of failing rows only, and clears none'(bound) {
    const rule = bound.check.rule as RowRule
    for (const batch of datasets(bound)) {
      const clean = bitsAgain(rule, batch)
      assert.equal(
        countBits(clean),
        [...Array(batch.length).keys()].filter((row) => hasBit(clean, row)).length,
        'bits beyond the last row are set',
      )
      const marked = createBits(batch.length)
      for (let row = 0; row < batch.length; row += 3) marked[row >> 3] = (marked[row >> 3] as number) | (1 << (row & 7))
      const expected = marked.map((byte, i) => byte | (clean[i] as number))
      rule.compile(batch.schema)(batch, marked)
      assert.deepEqual(marked, expected)
    }
  },
  'explains a failing row the same way in every batch'(bound) {
    const rule = bound.check.rule as RowRule
    const batch = batchOfRows(bound.physical, bound.failing)
    const explain = rule.explain?.(batch.schema)
    if (explain === undefined) return
    const texts = bound.failing.map((_, row) => explain(batch, row))
    for (const text of texts) assert.ok(text === undefined || (typeof text === 'string' && text.length > 0))
    assert.deepEqual(
      cut(batch, 1).map((piece) => explain(piece, 0)),
      texts,
    )
  },
}

function bitsAgain(rule: RowRule, batch: Batch): Uint8Array {
  const failing = createBits(batch.length)
  rule.compile(batch.schema)(batch, failing)
  return failing
}

function bitsOf({ check }: BoundCheck, batch: Batch): boolean[] {
  const bits = bitsAgain(check.rule as RowRule, batch)
  return Array.from({ length: batch.length }, (_, row) => hasBit(bits, row))
}
