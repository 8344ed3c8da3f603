import fc from 'fast-check'
import { defineConfig, type Node, pipeline } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { prices } from '../../examples/02-financial-generator/prices.ts'
import { createKernel } from '../../src/kernel/kernel.ts'
import { runPipeline } from '../../src/kernel/run/run-pipeline.ts'
import { rowsOf, temporaryCopy, temporaryFolder, withKernel } from '../support/temporary-project.ts'

interface Price {
  readonly symbol: string
  readonly time: number
  readonly close: number
  readonly volume: number
}

const days = 4_000
const symbols = ['A', 'B', 'C']
// Sampling errors of n returns: correlation (1 - r^2) / sqrt(n), standard deviation s / sqrt(2 n), mean s / sqrt(n). Five of them are allowed.
const tolerance = 5 / Math.sqrt(days)

describe('generated prices', () => {
  test.each([0, 0.3, 0.8, 1])('move together with correlation %d and volatility 0.02', async (correlation) => {
    const rows = await generated(prices({ symbols, days, correlation }))
    const moves = symbols.map((symbol) => returnsOf(rows, symbol, 100))
    for (const [i, own] of moves.entries()) {
      expect(own).toHaveLength(days)
      expect(Math.abs(deviation(own) / 0.02 - 1)).toBeLessThan(tolerance / Math.SQRT2)
      expect(Math.abs(average(own))).toBeLessThan(0.02 * tolerance)
      for (const other of moves.slice(i + 1)) {
        expect(Math.abs(correlationOf(own, other) - correlation)).toBeLessThan(
          tolerance * (1 - correlation ** 2) + 1e-3,
        )
      }
    }
  })

  test('follow the volatility that was asked for', async () => {
    for (const volatility of [0.005, 0.05]) {
      const own = returnsOf(await generated(prices({ symbols: ['A'], days, volatility, price: 10_000 })), 'A', 10_000)
      expect(Math.abs(deviation(own) / volatility - 1)).toBeLessThan(tolerance / Math.SQRT2)
    }
  })

  test('do not remember: a return says nothing about the next one', async () => {
    const own = returnsOf(await generated(prices({ symbols: ['A'], days })), 'A', 100)
    expect(Math.abs(correlationOf(own.slice(1), own.slice(0, -1)))).toBeLessThan(tolerance)
  })

  test('are traded more on days of big moves', async () => {
    const rows = await generated(prices({ symbols: ['A'], days }))
    const sizes = returnsOf(rows, 'A', 100).map(Math.abs)
    expect(
      correlationOf(
        sizes,
        rows.map(({ volume }) => volume),
      ),
    ).toBeGreaterThan(0.5)
  })

  test('have one row for every symbol on every weekday from the start on, whatever the options', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,5}$/), { minLength: 1, maxLength: 4 })
    const start = fc.date({ min: new Date('1970-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 40 }), start, async (symbols, days, from) => {
        const first = from.toISOString().slice(0, 10)
        const rows = await generated(prices({ symbols, days, start: first }))
        expect(rows).toHaveLength(symbols.length * days)
        expect(rows.map(({ symbol }) => symbol)).toEqual(rows.map((_, i) => symbols[i % symbols.length]))
        const times = rows.filter((_, i) => i % symbols.length === 0).map(({ time }) => time)
        expect(times).toEqual(weekdays(Date.parse(first), days))
        expect(rows.every(({ close, volume }) => close > 0 && Number.isInteger(volume) && volume >= 50_000)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  test('are the same in every run, and others for another seed or node', async () => {
    const options = { symbols, days: 30 }
    const once = await generated(prices(options))
    expect(await generated(prices(options))).toEqual(once)
    expect(await generated(prices(options), { seed: 1 })).not.toEqual(once)
    expect(await generated(prices(options), { name: 'other' })).not.toEqual(once)
  })
})

describe('wrong options of the generator', () => {
  test('are all reported at once, each with its place, before anything runs', async () => {
    const wrong = { symbols: [], days: 2.5, start: 'soon', correlation: 1.5, volatilty: 0.1 } as never
    const error = await generated(prices(wrong)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    const lines = (error as Error).message.split('\n')
    expect(lines[0]).toMatch(/has 5 faults:$/)
    expect(lines.slice(1).sort()).toEqual([
      expect.stringMatching(/^ {2}- pipelines\.p\.ticks\.correlation: .*<=1, got 1\.5/),
      expect.stringMatching(/^ {2}- pipelines\.p\.ticks\.days: expected a whole number, got 2\.5/),
      expect.stringMatching(/^ {2}- pipelines\.p\.ticks\.start: .*date, got "soon"/),
      expect.stringMatching(/^ {2}- pipelines\.p\.ticks\.symbols: .*>=1 items, got a list/),
      '  - pipelines.p.ticks.volatilty: unknown option "volatilty" (Did you mean "volatility"?)',
    ])
  })

  test('read as the README of the example says', async () => {
    const folder = await temporaryCopy('examples/02-financial-generator')
    const { readFile, writeFile } = await import('node:fs/promises')
    const config = `${folder}/pipeline.config.ts`
    await writeFile(config, (await readFile(config, 'utf8')).replace('correlation: 0.6', 'correlation: 1.5'))
    const error = (await withKernel(folder, async () => undefined).catch((thrown: unknown) => thrown)) as Error & {
      code: string
    }
    const said = `${error.code}: ${error.message}`.replaceAll(`${folder}/`, '')
    expect(await readFile(`${folder}/README.md`, 'utf8')).toContain(`\`\`\`text\n${said}\n\`\`\``)
  })
})

async function generated(
  ticks: Node,
  given: { readonly seed?: number; readonly name?: string } = {},
): Promise<readonly Price[]> {
  const { seed = 0, name = 'ticks' } = given
  const config = defineConfig(() => ({ pipelines: { p: pipeline({ [name]: ticks }) }, seed }))
  const kernel = await createKernel(config, { folder: await temporaryFolder(), log: 'error', variables: {} })
  try {
    const outcome = await runPipeline(kernel, 'p')
    expect(outcome.errors).toEqual([])
    return (await rowsOf(outcome, name)) as unknown as readonly Price[]
  } finally {
    await kernel.dispose()
  }
}

/** Logarithmic returns of one symbol, the first against its price before the first day. */
function returnsOf(rows: readonly Price[], symbol: string, price: number): number[] {
  const closes = [price, ...rows.filter((row) => row.symbol === symbol).map(({ close }) => close)]
  return closes.slice(1).map((close, i) => Math.log(close / (closes[i] as number)))
}

function weekdays(start: number, days: number): number[] {
  const found: number[] = []
  for (let at = start; found.length < days; at += 86_400_000)
    if (![0, 6].includes(new Date(at).getUTCDay())) found.push(at)
  return found
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const mean = average(values)
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)))
}

function correlationOf(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [average(left), average(right)]
  return (
    average(left.map((value, i) => (value - a) * ((right[i] as number) - b))) / (deviation(left) * deviation(right))
  )
}
