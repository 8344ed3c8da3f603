import fc from 'fast-check'
import { defineConfig, fromTable, nodeName, pipeline, run, table } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { validateConfig } from '../../../src/kernel/config/validate-config.ts'

const rows = () => fromTable(table(z.object({ a: z.int32() }), { a: [1] }))

describe('a name made from any text', () => {
  test.each([
    ['2026-01', /^2026-01$/],
    ['växjö', /^växjö$/],
    ['eu west/orders.csv', /^eu-west-orders-csv-[0-9a-f]{8}$/],
    ['../../etc', /^etc-[0-9a-f]{8}$/],
    ['', /^n-[0-9a-f]{8}$/],
    ['__proto__', /^__proto__-[0-9a-f]{8}$/],
  ])('%j fits', (text, name) => {
    expect(nodeName(text)).toMatch(name)
  })

  test('is always one that a node may have, the same for the same text and another for another', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(validateConfig({ pipelines: { p: pipeline({ [nodeName(one)]: rows() }) } })).toEqual([])
        expect(nodeName(one) === nodeName(other)).toBe(one === other)
      }),
    )
  })
})

test('a name with odd characters is a fault that names one that would do', () => {
  const [fault] = validateConfig({ pipelines: { p: pipeline({ 'a b': rows() }) } })
  expect(fault?.message).toBe('"a b" cannot name a node')
  expect(fault?.hint).toContain(`such as "${nodeName('a b')}"`)
})

test('a config may be asynchronous', async () => {
  const config = defineConfig(async () => {
    const names = await Promise.resolve(['x', 'y'])
    return { pipelines: { p: pipeline(Object.fromEntries(names.map((name) => [name, rows()]))) } }
  })
  const handles = await run(config, 'p', { env: 'test-async' })
  expect(Object.keys(handles)).toEqual(['x', 'y'])
})
