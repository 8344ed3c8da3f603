import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Check, defineConfig, diskWorkspace, each, fromTable, pipeline, run, table } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { deduplicate, largest, smallest } from '../src/index.ts'
import { type Cell, condemned, data, type Kind, side } from './columns.ts'

type Keep = 'first' | 'last' | 'largest' | 'smallest'
const keys: readonly Kind[] = ['int8', 'string', 'boolean', 'date', 'int64']
const ranks: readonly Kind[] = ['int8', 'int64', 'float64', 'float32', 'date', 'timestamp', 'nanoseconds']

const same = (a: Cell, b: Cell) => Object.is(a, b) || a === b

/** Which rows lose, one by one. */
function naive(rows: readonly (readonly Cell[])[], keep: Keep): boolean[] {
  const better = (a: Cell, b: Cell) => {
    if (b === null || Number.isNaN(b as number)) return false
    if (a === null || Number.isNaN(a as number)) return true
    return keep === 'largest' ? side(b, a) > 0 : side(b, a) < 0
  }
  const kept: { row: number; key: Cell }[] = []
  for (const [row, [key = null, rank = null]] of rows.entries()) {
    if (key === null) continue
    const held = kept.find((one) => same(one.key, key))
    if (held === undefined) kept.push({ row, key })
    else if (keep === 'last' || (keep !== 'first' && better(rows[held.row]?.[1] ?? null, rank))) held.row = row
  }
  const stays = new Set(kept.map(({ row }) => row))
  return rows.map(([key], row) => key !== null && !stays.has(row))
}

const checkOf = (keep: Keep) =>
  deduplicate('c0', {
    keep: keep === 'largest' ? largest('c1') : keep === 'smallest' ? smallest('c1') : keep,
  }) as Check<never>

describe('deduplicate', () => {
  it.each(['first', 'last', 'largest', 'smallest'] as const)(
    'keeps the %s of equal rows, over all parts, as a reading row by row does',
    async (keep) => {
      await fc.assert(
        fc.asyncProperty(data(keys, ranks), async (given) => {
          expect(await condemned(checkOf(keep), given)).toEqual(naive(given.rows, keep))
        }),
        { numRuns: 150 },
      )
    },
  )

  it('tells neighbours beyond 2^53 apart', async () => {
    const rows = [
      [1, 9_007_199_254_740_993n],
      [1, 9_007_199_254_740_992n],
      [1, 9_007_199_254_740_994n],
    ] as const
    await fc.assert(
      fc.asyncProperty(data(['int8'], ['int64']), async (given) => {
        const own = { ...given, rows, cuts: [1] }
        expect(await condemned(checkOf('largest'), own)).toEqual([true, true, false])
        expect(await condemned(checkOf('smallest'), own)).toEqual([true, false, true])
      }),
      { numRuns: 5 },
    )
  })

  it('drops the others unless its verdict says otherwise, and is named by what it keeps', () => {
    expect(deduplicate('id')).toMatchObject({ name: 'deduplicate(id, keep: first)', verdict: 'drop' })
    expect(deduplicate(['a', 'b'], { keep: largest('c'), verdict: 'quarantine' })).toMatchObject({
      name: 'deduplicate(a, b, keep: largest c)',
      columns: ['a', 'b', 'c'],
      verdict: 'quarantine',
      parameters: { columns: ['a', 'b'], keep: { largest: 'c' } },
    })
    expect(() => deduplicate('id', { keep: 'best' as never })).toThrow(/cannot keep "best"/)
    expect(() => deduplicate('id', { keep: { largest: 1 } as never })).toThrow(/cannot keep/)
  })

  it('refuses partials of another length', async () => {
    const { rule } = deduplicate('id', { keep: 'last' })
    if (rule.scope !== 'condemning') throw new Error('it condemns')
    const part = { rows: 2, partial: async () => new Uint8Array(16) }
    await expect(rule.condemn([part], {} as never)).rejects.toThrow(/16 bytes instead of 32/)
  })

  it('works in a pipeline', async () => {
    const Row = z.object({ id: z.int32(), at: z.int32() })
    const rows = fromTable(table(Row, { id: [1, 2, 1, 2], at: [5, 1, 3, 9] }))
    const clean = each({ from: rows, run: (t) => t, expect: [deduplicate('id', { keep: smallest('at') })] })
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-deduplicate-'))
    const workspace = diskWorkspace({ folder })
    const config = defineConfig(() => ({ pipelines: { p: pipeline({ rows, clean }) }, workspace }))
    const { clean: kept } = await run(config, 'p')
    expect((await kept.table()).objects()).toEqual([
      { id: 2, at: 1 },
      { id: 1, at: 3 },
    ])
    const told = (await kept.repairs.table()).objects()
    const rule = 'deduplicate(id, keep: smallest at)'
    const repair = 'deduplicate(keep: smallest at)'
    expect(told.map(({ key: _, ...cell }) => cell)).toEqual([
      { part: 'all', row: 0, column: 'id', before: '1', after: null, rule, repair },
      { part: 'all', row: 0, column: 'at', before: '5', after: null, rule, repair },
      { part: 'all', row: 3, column: 'id', before: '2', after: null, rule, repair },
      { part: 'all', row: 3, column: 'at', before: '9', after: null, rule, repair },
    ])
    await rm(folder, { recursive: true, force: true })
  })
})
