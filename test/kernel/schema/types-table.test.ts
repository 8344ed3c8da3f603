import { readFileSync } from 'node:fs'
import { Type } from '@uwdata/flechette'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { arrowType } from '../../../src/kernel/arrow/arrow-types.ts'
import { fromZod } from '../../../src/kernel/schema/from-zod.ts'
import { typesMarkdown, typesTable } from '../../../src/kernel/schema/types-table.ts'
import * as own from '../../../src/kernel/schema/zod-types.ts'
import { type LogicalType, typeName } from '../../../src/kernel/types.ts'

const page = readFileSync(new URL('../../../docs/types.md', import.meta.url), 'utf8')

describe('the types page', () => {
  it('shows the table of the code', () => {
    expect(page).toContain(`<!-- types -->\n${typesMarkdown()}\n<!-- /types -->`)
  })

  it.each(typesTable.map((row) => [typeName(row.type), row] as const))(
    'declares %s as it says',
    (_, { type, zod, sees }) => {
      const helpers = { z, ...own }
      const schema = new Function(...Object.keys(helpers), `return ${zod}`)(...Object.values(helpers)) as z.ZodType
      const [spec] = fromZod(z.object({ x: schema }))
      expect(spec?.natural).toEqual(type)
      expect(spec?.sees === 'bigint').toBe(sees.startsWith('bigint'))
    },
  )

  it.each(typesTable.map((row) => [typeName(row.type), row] as const))(
    'carries %s in the Arrow type it names',
    (_, { type, arrow }) => {
      const found = arrowType(type)
      const name = Object.entries(Type).find(([, id]) => id === found.typeId)?.[0] as string
      const bits = type.kind === 'int' || type.kind === 'float' ? type.bits : ''
      const family = name === 'Int' && type.kind === 'int' && !type.signed ? 'Uint' : name
      expect(arrow.split(', ')[0]?.replace(/(Date|Time|Decimal)\d+$/, '$1')).toBe(`${family}${bits}`)
    },
  )

  it('has a row for every kind of logical type but null', () => {
    const kinds: Record<Exclude<LogicalType['kind'], 'null'>, true> = {
      boolean: true,
      int: true,
      float: true,
      decimal: true,
      string: true,
      binary: true,
      date: true,
      time: true,
      timestamp: true,
      list: true,
      struct: true,
    }
    expect(new Set(typesTable.map(({ type }) => type.kind))).toEqual(new Set(Object.keys(kinds)))
  })
})
