import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { between, type Check, matches, readChecks } from 'tidegate'
import { expect, it, onTestFinished } from 'vitest'
import * as checks from '../src/index.ts'

const {
  isNull,
  min,
  length,
  parsesAs,
  compare,
  when,
  any,
  not,
  key,
  increasing,
  meanBetween,
  quantileBetween,
  hasTypes,
} = checks
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** The checks of a YAML document. */
async function declared(text: string): Promise<readonly Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-checks-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(modules, join(folder, 'node_modules'))
  await writeFile(join(folder, 'checks.yaml'), text)
  return readChecks('checks.yaml', folder)
}

const facts = ({ name, columns, parameters, verdict, atLeast, atMost }: Check<never>) => ({
  name,
  columns,
  parameters,
  verdict,
  atLeast,
  atMost,
})

it('checks of YAML are those of TypeScript', async () => {
  const found = await declared(`
- { use: '@tidegate/checks#isNull', column: a, verdict: drop }
- { use: '@tidegate/checks#min', column: a, bound: 3, strict: true, atLeast: 0.9 }
- { use: '@tidegate/checks#length', column: a, min: 1, max: 3 }
- { use: '@tidegate/checks#notMatches', column: a, pattern: '/^x/i' }
- { use: '@tidegate/checks#parsesAs', column: a, form: date, format: DD.MM.YYYY }
- { use: '@tidegate/checks#compare', left: a, operator: '<=', right: b, tolerance: 0.5 }
- use: '@tidegate/checks#when'
  condition: { use: '@tidegate/checks#notOneOf', column: a, values: [x] }
  rule:
    use: '@tidegate/checks#any'
    rules: [{ use: '@tidegate/checks#isNull', column: b }, { between: [b, 0, 5] }, { matches: [c, '^y'] }]
- { use: '@tidegate/checks#not', rule: { use: '@tidegate/checks#isNull', column: b } }
- { use: '@tidegate/checks#key', columns: [a, b], lose: later }
- { use: '@tidegate/checks#increasing', column: a }
- { use: '@tidegate/checks#meanBetween', column: a, min: 1, verdict: warn }
- { use: '@tidegate/checks#quantileBetween', column: a, p: 0.9, max: 1 }
- { use: '@tidegate/checks#hasTypes', types: { a: int64 }, others: true }
`)
  const expected: readonly Check<never>[] = [
    isNull('a', { verdict: 'drop' }),
    min('a', 3, { strict: true, atLeast: 0.9 }),
    length('a', { min: 1, max: 3 }),
    checks.notMatches('a', /^x/i),
    parsesAs('a', 'date', { format: 'DD.MM.YYYY' }),
    compare('a', '<=', 'b', { tolerance: 0.5 }),
    when(checks.notOneOf('a', ['x']), any<Check<never>>([isNull('b'), between('b', 0, 5), matches('c', /^y/)])),
    not(isNull('b')),
    key(['a', 'b'], { lose: 'later' }),
    increasing('a'),
    meanBetween('a', { min: 1, verdict: 'warn' }),
    quantileBetween('a', 0.9, { max: 1 }),
    hasTypes({ a: 'int64' }, { others: true }),
  ]
  expect(found.map(facts)).toEqual(expected.map(facts))
})

it.each([
  ["{ use: '@tidegate/checks#lenght', column: a }", /exports no "lenght"/],
  ["{ use: '@tidegate/checks#length', min: 3 }", /length: "column" is missing/],
  ["{ use: '@tidegate/checks#length', column: a, mni: 3 }", /length: unknown option "mni"/],
  ["{ use: '@tidegate/checks#meanBetween', column: a, min: 3, atLeast: 0.5 }", /unknown option "atLeast"/],
  [
    "{ use: '@tidegate/checks#any', rules: [{ betwen: [a, 0, 1] }] }",
    /any: {"betwen":\[a,0,1\]} is no check|is no check/,
  ],
])('%s is refused', async (text, message) => {
  await expect(declared(`- ${text}`)).rejects.toThrow(message)
})

it('every check of the package can be declared', () => {
  const words = 'clamp defaultTo largest lowerCase nullify parse replace round setTo smallest titleCase trim upperCase'
  const repairs = new Set(words.split(' ')) // and the words that they take
  for (const [name, make] of Object.entries(checks))
    if (name !== 'hasTypes' && name !== 'rule' && !repairs.has(name))
      // take an object in both ways
      expect(() => (make as (given: object) => unknown)({ nothing: 1 }), name).toThrow(/is missing/)
})
