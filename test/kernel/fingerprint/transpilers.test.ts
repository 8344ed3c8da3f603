import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createCodeIndex } from '../../../src/kernel/fingerprint/code.ts'
import { folder, load } from './workshop.ts'

const code = fileURLToPath(new URL('../../../src/kernel/fingerprint/code.ts', import.meta.url))
const files = {
  'node_modules/stats/package.json':
    '{ "name": "stats", "version": "1.2.3", "type": "module", "exports": "./index.js" }',
  'node_modules/stats/index.js':
    'export const op = { mean: (x) => x }; export const tag = (x) => x; export const x = 1',
  'steps.ts':
    'export const LIMIT = 65_536\nexport const helper = (x: number): number => x + LIMIT\nexport default function first(x: number) { return x }',
  'config.ts': `import { fileURLToPath } from 'node:url'
import { op, tag as label, x } from 'stats'
import * as stats from 'stats'
import first, { helper, LIMIT } from './steps.js'
const each = (options: any) => options
const table = each({ name: 'table' })
const HERE = import.meta.url
let n = 1
type Row = { a?: number }
function local(x: number) { return x + n }
export const steps = {
  shorthand: (t: number) => ({ helper, op, 'LIMIT': LIMIT, x }),
  calls: (t: number) => helper(first(op.mean(stats.op.mean(LIMIT)))) + (label\`a\${t}\\n\`).length + (helper?.(t) as number)!,
  method(t: Row) { const { a = x, ...rest } = t; return a > 0x10 ? rest : { n: 1_000, s: "it's", d: undefined } },
  async *stream(rows: AsyncIterable<Row>) { for await (const row of rows) { if (row.a === 1) continue; yield row?.a ?? local(1) } },
  nested(t: number) { const f = (x: number) => helper(x); function g(x: number) { return f(x) }; class Q { a?: string; m() { return g(t) } }; return new Q() },
  place: () => fileURLToPath(HERE) + import.meta.url,
  node: () => table,
  numbers: (t: bigint) => [1e21, 0b11n, .5, -1, /a"'/gu, 'a\\u{1F600}"', \`plain\`, t],
  labels: (t: number) => { outer: for (;;) { for (const x of [1]) { if (x) break outer } } return t },
  none: function (t: number) { return t + 1 },
  default: first,
}
export const made = [1, 2].map((x) => (t: number) => t + x)
`,
  'print.ts': `import { steps, made } from './config.ts'
import { createCodeIndex } from ${JSON.stringify(code)}
const index = createCodeIndex(process.argv[2])
const print = (fn: any) => index.fingerprint(fn, { nodeNames: new Set(['table']) })
console.log(JSON.stringify({ ...Object.fromEntries(Object.entries(steps).map(([k, f]) => [k, print(f)])), made: print(made[0]) }))`,
}

test('jiti, tsx and vitest give the same fingerprints', async () => {
  const path = folder(files)
  const entry = join(path, 'config.ts')

  function prints({ steps, made }: any): any {
    const index = createCodeIndex(entry)
    const print = (fn: any) => index.fingerprint(fn, { nodeNames: new Set(['table']) })
    return { ...Object.fromEntries(Object.entries(steps).map(([name, fn]) => [name, print(fn)])), made: print(made[0]) }
  }

  const viaVitest = await import(/* @vite-ignore */ entry)
  expect(viaVitest.steps.calls.toString()).toMatch(/__vi/) // it is what this test is about
  const viaJiti = { steps: await load(entry, 'steps'), made: await load(entry, 'made') }
  expect(viaJiti.steps.calls.toString()).toMatch(/_steps\./)
  const tsx = import.meta.resolve('tsx')
  const viaTsx = JSON.parse(
    execFileSync(process.execPath, ['--import', tsx, join(path, 'print.ts'), entry], { encoding: 'utf8' }),
  )

  const expected = prints(viaVitest)
  expect(prints(viaJiti)).toEqual(expected)
  expect(viaTsx).toEqual(expected)
  const { made, ...steps } = expected
  expect(made.unresolved).toEqual(['x'])
  for (const print of Object.values(steps) as any[]) expect(print.unresolved).toEqual([])
  expect(new Set(Object.values(expected).map((print: any) => print.hash)).size).toBe(Object.keys(expected).length)
})
