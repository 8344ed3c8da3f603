import assert from 'node:assert/strict'
import { countBits, hasBit } from '../kernel/bits.ts'
import type { Batch } from '../kernel/columns/batch.ts'
import type { CondemningRule, DatasetRule } from '../plugins/check.ts'
import { type BoundCheck, cut, datasets, encodedForms } from './check-data.ts'
import { gateFacts } from './facts.ts'
import { batchOfRows } from './harness.ts'

type Case = (bound: BoundCheck) => Promise<void>

export const datasetCases: Readonly<Record<string, Case>> = {
  async 'passes the dataset that must pass, and fails the one that must fail'(bound) {
    assert.equal((await decided(bound, [[batchOfRows(bound.physical, bound.passing)]])).pass, true)
    const { pass, observed } = await decided(bound, [[batchOfRows(bound.physical, bound.failing)]])
    assert.equal(pass, false)
    assert.ok(observed.length > 0, 'nothing is said of what was observed')
  },
  async 'says the same wherever batches end'(bound) {
    for (const batch of datasets(bound)) {
      const whole = await decided(bound, [[batch]])
      for (const size of [1, 3, 16])
        assert.deepEqual(await decided(bound, [cut(batch, size)]), whole, `in batches of ${size} rows`)
    }
  },
  async 'says the same however rows are spread over parts'(bound) {
    const given = [bound.passing, bound.failing].map((rows) => batchOfRows(bound.physical, rows))
    for (const batch of [...given, ...datasets(bound)]) {
      const whole = (await decided(bound, [[batch]])).pass
      for (const size of [1, 5, 32])
        assert.equal(
          (
            await decided(
              bound,
              cut(batch, size).map((part) => [part]),
            )
          ).pass,
          whole,
          `in parts of ${size} rows`,
        )
      assert.equal((await decided(bound, [[], [batch], []])).pass, whole, 'with parts that have no rows')
    }
  },
  async 'says the same for every encoding of the columns'(bound) {
    for (const batch of datasets(bound)) {
      const whole = await decided(bound, [[batch]])
      for (const [form, encoded] of encodedForms(batch))
        assert.deepEqual(await decided(bound, [[encoded]]), whole, form)
    }
  },
  async 'decides a dataset without rows'(bound) {
    assert.equal(typeof (await decided(bound, [])).pass, 'boolean')
    assert.deepEqual(await decided(bound, [[]]), await decided(bound, []))
  },
}

/** As the engine decides: a state per part, merged in part order, then the decision. */
async function decided({ check, physical }: BoundCheck, parts: readonly (readonly Batch[])[]) {
  const rule = check.rule as DatasetRule
  const values = Object.entries(rule.measures).map(([name, measure]) => {
    const total = measure.create(physical)
    for (const part of parts) {
      const own = measure.create(physical)
      for (const batch of part) own.add(batch, undefined, 1)
      total.merge(own.state(1), undefined, 1)
    }
    return [name, total.finish(1).at(0)] as const
  })
  return rule.decide(Object.fromEntries(values), gateFacts())
}

export const condemningCases: Readonly<Record<string, Case>> = {
  async 'condemns nothing of a dataset that is right, and rows of one that is not'(bound) {
    assert.deepEqual(
      await condemned(bound, [[batchOfRows(bound.physical, bound.passing)]]),
      bound.passing.map(() => false),
    )
    assert.ok(
      (await condemned(bound, [[batchOfRows(bound.physical, bound.failing)]])).includes(true),
      'no row is condemned',
    )
  },
  async 'condemns the same rows wherever batches end'(bound) {
    for (const batch of datasets(bound)) {
      const whole = await condemned(bound, [[batch]])
      for (const size of [1, 3, 16])
        assert.deepEqual(await condemned(bound, [cut(batch, size)]), whole, `in batches of ${size} rows`)
    }
  },
  async 'condemns the same rows however they are spread over parts'(bound) {
    for (const batch of [batchOfRows(bound.physical, bound.failing), ...datasets(bound)]) {
      const whole = await condemned(bound, [[batch]])
      for (const size of [1, 5, 32])
        assert.deepEqual(
          await condemned(
            bound,
            cut(batch, size).map((part) => [part]),
          ),
          whole,
          `in parts of ${size} rows`,
        )
      assert.deepEqual(await condemned(bound, [[], [batch], []]), whole, 'with parts that have no rows')
    }
  },
  async 'condemns the same rows for every encoding of the columns'(bound) {
    for (const batch of datasets(bound)) {
      const whole = await condemned(bound, [[batch]])
      for (const [form, encoded] of encodedForms(batch))
        assert.deepEqual(await condemned(bound, [[encoded]]), whole, form)
    }
  },
  async 'collects the same bytes for the same rows, and leaves what it collected alone'(bound) {
    const rule = bound.check.rule as CondemningRule
    const [batch] = datasets(bound) as [Batch]
    const [first, second] = [collected(rule, bound, [batch]), collected(rule, bound, [batch])]
    assert.deepEqual([...first], [...second])
    const before = [...first]
    await rule.condemn([{ rows: batch.length, partial: async () => first }], gateFacts())
    assert.deepEqual([...first], before, 'condemn changed the bytes of a partial')
    assert.ok(Number.isInteger(rule.version), 'the version of the bytes is a whole number')
  },
}

function collected(rule: CondemningRule, { physical }: BoundCheck, batches: readonly Batch[]): Uint8Array {
  const collector = rule.collect(physical)
  for (const batch of batches) collector.add(batch)
  return collector.finish()
}

/** Which rows are condemned, over all parts in order. Partials are stored in between, so each comes as a copy, and may be asked for twice. */
async function condemned(bound: BoundCheck, parts: readonly (readonly Batch[])[]): Promise<boolean[]> {
  const rule = bound.check.rule as CondemningRule
  const given = parts.map((batches) => {
    const bytes = collected(rule, bound, batches)
    return { rows: batches.reduce((sum, { length }) => sum + length, 0), partial: async () => Uint8Array.from(bytes) }
  })
  const found = (await rule.condemn(given, gateFacts())).rows
  for (const [part, bits] of found) {
    assert.ok(given[part] !== undefined, `an answer for part ${part}, of ${given.length}`)
    const inside = Array.from({ length: given[part]?.rows ?? 0 }, (_, row) => hasBit(bits, row)).filter(Boolean).length
    assert.equal(countBits(bits), inside, 'bits beyond the last row are set')
  }
  return given.flatMap(({ rows }, part) => {
    const bits = found.get(part)
    return Array.from({ length: rows }, (_, row) => bits !== undefined && hasBit(bits, row))
  })
}
