import { readdirSync, readFileSync } from 'node:fs'
import { between, expression, matches, notNull, oneOf, rowCount, satisfies, table, unique, validate } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { csv } from '../../../plugins-official/files/src/index.ts'
import { importPackage } from '../../../src/kernel/config/import-module.ts'
import { validateNode } from '../../../src/kernel/config/validate-node.ts'

const bad = { verdikt: 'drop' } as never

describe('a mistyped option is never without effect', () => {
  test.each([
    ['notNull', () => notNull('a', bad)],
    ['between', () => between('a', 0, 1, bad)],
    ['oneOf', () => oneOf('a', [1], bad)],
    ['matches', () => matches('a', /x/, bad)],
    ['unique', () => unique('a', bad)],
    ['rowCount', () => rowCount(1, 2, bad)],
    ['satisfies', () => satisfies(z.object({ a: z.number() }), bad)],
    ['expression', () => expression('a is there', (d: { a: number }) => d.a > 0, bad)],
  ])('of %s', (_, make) => {
    expect(make).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('unknown option "verdikt"'),
        hint: 'Did you mean "verdict"?',
      }),
    )
  })

  test('of validate, nor checks that are no list', async () => {
    const rows = table({ a: [1] })
    await expect(validate(rows, [], { otherwize: 'drop' } as never)).rejects.toMatchObject({
      message: 'validate: unknown option "otherwize".',
      hint: 'Did you mean "otherwise"?',
    })
    await expect(validate(rows, notNull('a') as never)).rejects.toThrow('validate: the checks are no list.')
  })
})

test('one mark for decimals and thousands is a fault of the config', () => {
  const faults = validateNode(csv({ path: 'x.csv', decimal: ',', thousands: ',' }), 'p.n')
  expect(faults.map(({ message }) => message)).toEqual([
    expect.stringContaining('the decimal mark and the mark between thousands are the same'),
  ])
})

test('who mistypes a package of ours is not told to install what may be somebody else’s', async () => {
  await expect(importPackage('@tidegate/file', process.cwd())).rejects.toMatchObject({
    code: 'PLUGIN_NOT_FOUND',
    hint: 'Did you mean @tidegate/files? Otherwise: npm install @tidegate/file',
  })
})

test('the packages that are known by name are those that there are', () => {
  const listed = readFileSync(new URL('../../../src/kernel/config/load-error.ts', import.meta.url), 'utf8')
  for (const folder of readdirSync(new URL('../../../plugins-official', import.meta.url)))
    expect(listed, folder).toContain(`'${folder}'`)
})
