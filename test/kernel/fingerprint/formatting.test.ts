import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCodeIndex } from '../../../src/kernel/fingerprint/code.ts'

const steps = [
  `(t) => t.filter((d) => d.delay > LIMIT && helper(d.origin) !== 'x')`,
  `async function (t, { airports }) { const { a = 1, ...rest } = await t; return { a, rest, airports, LIMIT } }`,
  `(t) => { for (const [k, v] of Object.entries(t)) if (k in t) t[k] = v ?? -LIMIT; return \`\${t}-\${helper?.(t)}\` }`,
]

/** Gaps between tokens that may hold anything: after these no line break can change the meaning. */
const gap = /(?<=[(,{:?=+>&|[] )|(?<==> )|(?<=, )/g
const filler = fc.constantFrom(' ', '  ', '\n', '\t', ' /* note */ ', ' // note "\n', '\r\n', ' /* `${ */ ')

/** Inserts fillers outside of template literals. */
function reformat(text: string, fillers: readonly string[]): string {
  let next = 0
  const pieces = text.split(/(`.*?`)/)
  return pieces
    .map((piece, at) => (at % 2 ? piece : piece.replaceAll(gap, () => fillers[next++ % fillers.length]!)))
    .join('')
}

const config = (step: string, helper: string) =>
  `const LIMIT = 1\nconst helper = ${helper}\nexport const run = ${step}\n`

/** Evaluates the step as a transpiler might leave it, and reads its source from another spelling. */
function hashOf(step: string, helper = '(x) => x'): string {
  const readFile = (path: string) => {
    if (path !== '/p/config.ts') throw new Error('no such file')
    return config(step, helper)
  }
  const print = createCodeIndex('/p/config.ts', { readFile }).fingerprint(
    new Function('LIMIT', 'helper', `return ${step}`)(),
  )
  expect(print.unresolved).toEqual([])
  return print.hash
}

test('white space and comments never change a hash', () => {
  fc.assert(
    fc.property(fc.constantFrom(...steps), fc.array(filler, { minLength: 1, maxLength: 12 }), (step, fillers) => {
      const other = reformat(step, fillers)
      expect(hashOf(other)).toBe(hashOf(step))
    }),
  )
})

test('a changed literal always changes a hash', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer(), fc.integer(), (a, b, m, n) => {
      const step = (text: string, number: number) => `(t) => [t, ${JSON.stringify(text)}, ${number}, LIMIT]`
      expect(hashOf(step(a, m)) === hashOf(step(b, n))).toBe(a === b && m === n)
    }),
  )
})

test('a changed helper always changes a hash', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (m, n) => {
      expect(hashOf(steps[0]!, `(x) => x + ${m}`) === hashOf(steps[0]!, `(x) => x + ${n}`)).toBe(m === n)
    }),
  )
})

test('a configuration of ten steps takes milliseconds', () => {
  const many = Array.from(
    { length: 10 },
    (_, i) => `(t) => t.filter((d) => d.delay > ${i} * LIMIT && helper(d.origin))`,
  )
  const text = many.map((step, i) => `export const step${i} = ${step}`).join('\n')
  const source = `const LIMIT = 1\nconst helper = (x) => x\n${text}\n`
  const fns = many.map((step) => new Function('LIMIT', 'helper', `return ${step}`)())
  const readFile = (path: string) => (path === '/p/config.ts' ? source : fail(path))
  createCodeIndex('/p/config.ts', { readFile }).fingerprint(fns[0])
  const began = performance.now()
  const index = createCodeIndex('/p/config.ts', { readFile })
  for (const fn of fns) expect(index.fingerprint(fn).unresolved).toEqual([])
  expect(performance.now() - began).toBeLessThan(200)
})

function fail(path: string): never {
  throw new Error(`no file ${path}`)
}
