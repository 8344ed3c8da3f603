import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type Batch,
  buildField,
  type Check,
  defineCheck,
  type Field,
  isTidegateError,
  type Measure,
  types,
} from '../../../src/index.ts'
import { gateFacts } from '../../../src/testing/facts.ts'

function batchOf(fields: readonly Field[], columns: Readonly<Record<string, readonly unknown[]>>): Batch {
  const built = fields.map((field) => buildField(field, columns[field.name] ?? []))
  return { schema: { fields }, length: built[0]?.length ?? 0, columns: built }
}

/** Rows that fail, by number. */
function failing(check: Check, batch: Batch): number[] {
  if (check.rule.scope !== 'row') return expect.unreachable()
  const bits = new Uint8Array((batch.length + 7) >> 3)
  check.rule.compile(batch.schema)(batch, bits)
  return Array.from({ length: batch.length }, (_, row) => row).filter(
    (row) => ((bits[row >> 3]! >> (row & 7)) & 1) === 1,
  )
}

function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (isTidegateError(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was refused'
}

const text: Field = { name: 'account', type: types.string, nullable: true }
const iban = defineCheck({
  name: 'acme/iban',
  columns: z.string(),
  options: z.object({ country: z.string().default('CH') }),
  row: (cell, { country }) => cell.startsWith(country),
})

describe('a check of one column', () => {
  it('fails the rows for which its predicate says false; an absent cell passes unasked', () => {
    const batch = batchOf([text], { account: ['CH1', 'DE1', null, 'CH2', 'FR', 'CH', 'CH', 'CH', 'CH', 'IT'] })
    expect(failing(iban('account'), batch)).toEqual([1, 4, 9])
    expect(failing(iban('account', { country: 'DE' }), batch)).toEqual([0, 3, 4, 5, 6, 7, 8, 9])
  })

  it('carries name, columns, parameters, verdict and thresholds', () => {
    const check = iban('account', { country: 'DE', verdict: 'drop', atLeast: 0.9, atMost: 5 })
    expect(check).toMatchObject({
      name: 'acme/iban(account, country: "DE")',
      columns: ['account'],
      parameters: { columns: 'account', options: { country: 'DE' } },
      verdict: 'drop',
      atLeast: 0.9,
      atMost: 5,
    })
    expect(Object.isFrozen(check)).toBe(true)
    expect(check.rule.scope === 'row' && check.rule.code).toHaveLength(1)
    expect(iban('account').name).toBe('acme/iban(account)')
    expect(iban('account')).not.toHaveProperty('verdict')
  })

  it('sees absent cells where the column is declared nullable', () => {
    const present = defineCheck({ name: 'acme/present', columns: z.string().nullable(), row: (cell) => cell !== null })
    expect(failing(present('account'), batchOf([text], { account: ['a', null] }))).toEqual([1])
  })

  it('takes null as unknown and refuses any other answer', () => {
    const batch = batchOf([text], { account: ['a'] })
    const unsure = defineCheck({ name: 'acme/unsure', columns: z.string(), row: () => null })
    expect(failing(unsure('account'), batch)).toEqual([])
    const forgetful = defineCheck({ name: 'acme/forgetful', columns: z.string(), row: () => undefined as never })
    expect(refusal(() => failing(forgetful('account'), batch))).toBe(
      'CHECK_FAILED: the check acme/forgetful(account) answered undefined at row 0 of a batch',
    )
    const broken = defineCheck({
      name: 'acme/broken',
      columns: z.string(),
      row: (cell) => (cell as unknown as { x: { y: boolean } }).x.y,
    })
    expect(refusal(() => failing(broken('account'), batch))).toMatch(
      /^CHECK_FAILED: the check acme\/broken\(account\) threw at row 0 of a batch: Cannot read/,
    )
  })

  it('names a column that is missing or of another type', () => {
    const batch = batchOf([text], { account: ['a'] })
    expect(refusal(() => failing(iban('acount'), batch))).toBe(
      'COLUMN_MISSING: acme/iban checks the column "acount", which is not there',
    )
    const number = batchOf([{ name: 'account', type: types.int32, nullable: false }], { account: [1] })
    expect(refusal(() => failing(iban('account'), number))).toBe(
      'SCHEMA_MISMATCH: acme/iban checks "account", which is int32, as string',
    )
  })

  it('refuses options that its schema does not know, at once', () => {
    expect(refusal(() => iban('account', { contry: 'CH' } as object))).toBe(
      'CONFIG_INVALID: acme/iban(account).contry: unknown option "contry"',
    )
    expect(refusal(() => iban('account', { country: 7 } as never))).toMatch(
      /^CONFIG_INVALID: acme\/iban\(account\)\.country: expected text, got 7/,
    )
  })
})

describe('a check of columns in roles', () => {
  const inOrder = defineCheck({
    name: 'acme/before',
    columns: z.object({ start: z.date(), end: z.date() }),
    row: ({ start, end }) => start <= end,
  })
  const time = (name: string): Field => ({ name, type: types.timestamp('ms'), nullable: true })

  it('hands over the cells by role; a row with an absent one passes', () => {
    const batch = batchOf([time('arrival'), time('departure')], {
      departure: [1, 2, null, 3],
      arrival: [1, 1, 0, null],
    })
    const check = inOrder({ start: 'departure', end: 'arrival' }, { verdict: 'warn' })
    expect(check.columns).toEqual(['departure', 'arrival'])
    expect(failing(check, batch)).toEqual([1])
  })

  it('looks at days and times of any unit in the same way', () => {
    const fields: Field[] = [
      { name: 'a', type: types.date, nullable: false },
      { name: 'b', type: types.timestamp('s'), nullable: false },
    ]
    expect(failing(inOrder({ start: 'a', end: 'b' }), batchOf(fields, { a: [0, 86_400_000], b: [0, 1000] }))).toEqual([
      1,
    ])
  })
})

describe('a check of the dataset', () => {
  it('is decided from measures', () => {
    const count: Measure<unknown, number> = {
      name: 'count()',
      columns: [],
      version: 1,
      create: () => expect.unreachable(),
    }
    const many = defineCheck({
      name: 'acme/many',
      columns: z.string(),
      options: z.object({ least: z.number() }),
      dataset: {
        measure: () => ({ n: count }),
        decide: ({ n }, { least }) => ({ pass: n >= least, observed: `${n} rows` }),
      },
    })
    const { rule, verdict, columns } = many('account', { least: 3, verdict: 'warn' })
    expect({ verdict, columns }).toEqual({ verdict: 'warn', columns: ['account'] })
    if (rule.scope !== 'dataset') return expect.unreachable()
    expect(rule.measures).toEqual({ n: count })
    expect(rule.decide({ n: 2 }, gateFacts())).toEqual({ pass: false, observed: '2 rows' })
    expect(rule.decide({ n: 3 }, gateFacts())).toEqual({ pass: true, observed: '3 rows' })
    expect(rule.code).toHaveLength(2)
  })
})
