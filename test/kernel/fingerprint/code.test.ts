import { describe, expect, test } from 'vitest'
import { createCodeIndex } from '../../../src/kernel/fingerprint/code.ts'
import { fingerprintIn, fingerprintOf, folder, load, names, write } from './workshop.ts'

const manifest = (version: string) => JSON.stringify({ name: 'stats', version, type: 'module', exports: './index.js' })
const stats = (version: string) => ({
  'node_modules/stats/package.json': manifest(version),
  'node_modules/stats/index.js': 'export const mean = (x) => x',
})

describe('what does not count', () => {
  test.each([
    [
      'formatting',
      'export const run = (t: number) => { const a = 1; return t + a }',
      'export const run=(t:number)=>{\n  const a=1\n  return t  +  a\n}',
    ],
    [
      'comments',
      'export const run = (t: number) => t + 1',
      '/** Adds. */ export const run = (t: number) => t /* plus */ + 1 // one',
    ],
    [
      'type annotations',
      'export const run = (t: any) => t.a',
      'interface A { a: number }\nexport const run = (t: A | undefined): number => (t as A)!.a satisfies number',
    ],
    [
      'parentheses',
      'export const run = (a: number, b: number) => a + b * 2',
      'export const run = (a: number, b: number) => ((a) + (b * (2)))',
    ],
    [
      'quotes',
      `export const run = (t: any) => t['a'] + "it's" + { 'b': 1 }.b`,
      "export const run = (t: any) => t.a + `it's` + { b: 1 }.b",
    ],
    [
      'the spelling of numbers',
      'export const run = () => 65_536 + 1e3 + 0xffn.toString().length',
      'export const run = () => 65536 + 1000 + 255n.toString().length',
    ],
    [
      'the names of local variables',
      'export const run = (t: number) => { const a = t; return { a } }',
      'export const run = (u: number) => { const b = u; return { a: b } }',
    ],
    [
      'other code of the same file',
      'const other = 1\nexport const run = (t: number) => t',
      'const other = 2\nexport const run = (t: number) => t\nexport { other }',
    ],
  ])('%s', async (_, one, two) => {
    const [a, b] = [await fingerprintOf(one), await fingerprintOf(two)]
    expect(a.unresolved).toEqual([])
    expect(a.hash).toBe(b.hash)
  })

  test.each([
    ['a literal', 'export const run = (t: number) => t > 1', 'export const run = (t: number) => t > 2'],
    ['an operator', 'export const run = (t: number) => t > 1', 'export const run = (t: number) => t >= 1'],
    [
      'which variable is meant',
      'export const run = (a: number, b: number) => a - b',
      'export const run = (a: number, b: number) => b - a',
    ],
    ['a property name', 'export const run = (t: any) => t.a', 'export const run = (t: any) => t.b'],
    ['async', 'export const run = (t: any) => t', 'export const run = async (t: any) => t'],
    ['optional chaining', 'export const run = (t: any) => t?.a.b', 'export const run = (t: any) => t.a.b'],
    ['a template', `export const run = (t: any) => \`Free\${t}x\``, `export const run = (t: any) => \`Free\${t}y\``],
    ['a default value', 'export const run = (t = 1) => t', 'export const run = (t = 2) => t'],
    ['order', 'export const run = () => ({ a: 1, b: 2 })', 'export const run = () => ({ b: 2, a: 1 })'],
  ])('but %s counts', async (_, one, two) => {
    expect((await fingerprintOf(one)).hash).not.toBe((await fingerprintOf(two)).hash)
  })
})

describe('names that a function reaches', () => {
  test('globals are ignored', async () => {
    const print = await fingerprintOf(
      'export const run = (t: number) => Math.max(t, Number(JSON.stringify(undefined)), Date.now())',
    )
    expect(print).toMatchObject({ unresolved: [], parts: [{ name: 'config.ts#run' }] })
  })

  test('a package counts by its version', async () => {
    const config = { 'config.ts': `import { mean } from 'stats'\nexport const run = (t: number) => mean(t)` }
    const [one, two] = [
      await fingerprintOf({ ...config, ...stats('1.2.3') }),
      await fingerprintOf({ ...config, ...stats('1.2.4') }),
    ]
    expect(names(one)).toContain('package stats@1.2.3')
    expect(one.hash).not.toBe(two.hash)
  })

  test('a different import of the same package is a different function', async () => {
    const config = (name: string) => ({
      'config.ts': `import { ${name} as f } from 'stats'\nexport const run = (t: number) => f(t)`,
      ...stats('1.0.0'),
    })
    const all = { ...stats('1.0.0'), 'node_modules/stats/index.js': 'export const mean = 1, sum = 2' }
    expect((await fingerprintOf({ ...config('mean'), ...all })).hash).not.toBe(
      (await fingerprintOf({ ...config('sum'), ...all })).hash,
    )
  })

  test('a builtin of node counts by the major version', async () => {
    const print = await fingerprintOf(`import { join } from 'path'\nexport const run = (t: string) => join(t, 'a')`)
    expect(names(print)).toContain(`node:path@${process.versions.node.split('.')[0]}`)
  })

  test('a package that is not installed is unresolved', async () => {
    const path = folder({ 'config.ts': `import { mean } from 'nowhere'\nexport const run = (t: number) => mean(t)` })
    const source = (t: number) => Reflect.apply(Math.abs, null, [t])
    expect(createCodeIndex(`${path}/config.ts`).fingerprint(source).unresolved).toEqual([])
    const mean = Math.abs
    expect(createCodeIndex(`${path}/config.ts`).fingerprint((t: number) => mean(t)).unresolved).toEqual(['mean'])
  })

  test('a constant of the same file counts, through the constants behind it', async () => {
    const config = (low: number) =>
      `const LOW = ${low}\nconst LIMIT = { low: LOW }\nexport const run = (t: number) => t > LIMIT.low`
    const [one, two] = [await fingerprintOf(config(1)), await fingerprintOf(config(2))]
    expect(names(one)).toEqual(['config.ts#run', 'const LIMIT', 'const LOW'])
    expect(one.hash).not.toBe(two.hash)
  })

  test('functions, classes and destructured constants of the same file count', async () => {
    const config = (n: number) => `function half(x: number): number { return x < ${n} ? x : half(x / 2) }
      class Meter { read() { return half(1) } }
      const { a, b = 2 } = { a: 1 } as Record<string, number>
      export const run = () => new Meter().read() + a + b`
    const one = await fingerprintOf(config(1))
    expect(one.unresolved).toEqual([])
    expect(names(one)).toEqual(['config.ts#run', 'class Meter', 'const a', 'const b', 'function half'])
    expect(one.hash).not.toBe((await fingerprintOf(config(2))).hash)
  })

  test('a statement that changes a constant counts with it', async () => {
    const config = (n: number) =>
      `const LIMIT: any = {}\nLIMIT.low = ${n}\nexport const run = (t: number) => t > LIMIT.low`
    expect((await fingerprintOf(config(1))).hash).not.toBe((await fingerprintOf(config(2))).hash)
    const filled = (n: number) =>
      `const L: any = {}\n;['a'].forEach((k) => { L[k] = ${n} })\nexport const run = () => L.a`
    expect((await fingerprintOf(filled(1))).hash).not.toBe((await fingerprintOf(filled(2))).hash)
  })

  test('a constant whose fields a function assigns is unresolved', async () => {
    const config =
      'const state = { n: 0 }\nexport const set = (n: number) => { state.n = n }\nexport const run = () => state.n'
    expect((await fingerprintOf(config)).unresolved).toEqual(['state'])
  })

  test('an enum of the same file counts by its values', async () => {
    const config = (n: number) => `enum Level { Low = ${n} }\nexport const run = (t: number) => t > Level.Low`
    const print = await fingerprintOf(config(1))
    expect(names(print)).toEqual(['config.ts#run', 'enum Level'])
    expect(print.hash).not.toBe((await fingerprintOf(config(2))).hash)
  })

  test('a variable that is assigned again is unresolved, one that is not is a constant', async () => {
    expect(
      (await fingerprintOf('let limit = 1\nexport const set = () => { limit = 2 }\nexport const run = () => limit'))
        .unresolved,
    ).toEqual(['limit'])
    expect((await fingerprintOf('let limit = 1\nexport const run = () => limit')).unresolved).toEqual([])
  })

  test('the environment is unresolved, wherever it is read', async () => {
    expect((await fingerprintOf('export const run = () => process.env.LIMIT')).unresolved).toEqual(['process.env'])
    expect((await fingerprintOf('const { env } = process\nexport const run = () => env.LIMIT')).unresolved).toEqual([
      'process.env',
    ])
    expect((await fingerprintOf('export const run = () => process.platform')).unresolved).toEqual([])
  })

  test('a node counts by its name only', async () => {
    const config = (n: number) =>
      `const each = (o: any) => o\nconst clean = each({ run: () => ${n} })\nexport const run = () => clean`
    const options = { nodeNames: new Set(['clean']) }
    const [one, two] = [await fingerprintOf(config(1), options), await fingerprintOf(config(2), options)]
    expect(names(one)).toEqual(['config.ts#run', 'node clean'])
    expect(one.hash).toBe(two.hash)
    expect((await fingerprintOf(config(1))).hash).not.toBe((await fingerprintOf(config(2))).hash)
  })

  test('a helper that has the name of a node is still a helper', async () => {
    const config = (n: number) => `const clean = (t: number) => t + ${n}\nexport const run = (t: number) => clean(t)`
    const options = { nodeNames: () => true }
    expect((await fingerprintOf(config(1), options)).hash).not.toBe((await fingerprintOf(config(2), options)).hash)
  })

  test('a node imported from another file counts by its name', async () => {
    const files = (n: number) => ({
      'nodes.ts': `const each = (o: any) => o\nexport const clean = each({ run: () => ${n} })`,
      'config.ts': `import { clean as c } from './nodes.ts'\nexport const run = () => c`,
    })
    const options = { nodeNames: (name: string, file: string) => name === 'clean' && file.endsWith('nodes.ts') }
    const one = await fingerprintOf(files(1), options)
    expect(names(one)).toEqual(['config.ts#run', 'node clean'])
    expect(one.hash).toBe((await fingerprintOf(files(2), options)).hash)
  })
})

describe('project imports', () => {
  const config = { 'config.ts': `import { half } from './lib/half.js'\nexport const run = (t: number) => half(t)` }
  const half = (n: number) => ({
    'lib/half.ts': `import { two } from './two'\nimport type { X } from './types.ts'\nexport const half = (t: X): X => t / two`,
    'lib/two/index.ts': `import '../../config.ts'\nexport const two = ${n}`,
    'lib/types.ts': 'export type X = number',
  })

  test('a changed helper behind an import of an import counts, and a circle is no obstacle', async () => {
    const path = folder({ ...config, ...half(2) })
    const one = await fingerprintIn(path)
    expect(one.unresolved).toEqual([])
    expect(names(one)).toEqual(['config.ts#run', 'config.ts', 'lib/half.ts', 'lib/two/index.ts'])
    write(path, half(3))
    expect((await fingerprintIn(path)).hash).not.toBe(one.hash)
    write(path, { 'lib/two/index.ts': `import '../../config.ts' // the circle\nexport const two: number = (2)` })
    expect((await fingerprintIn(path)).hash).toBe(one.hash)
  })

  test('the version of a package behind a project import counts', async () => {
    const files = {
      ...config,
      'lib/half.ts': `import { mean } from 'stats'\nexport const half = (t: number) => mean(t)`,
    }
    const one = await fingerprintOf({ ...files, ...stats('1.0.0') })
    expect(one.hash).not.toBe((await fingerprintOf({ ...files, ...stats('1.0.1') })).hash)
  })

  test('a JSON file counts by its values', async () => {
    const files = (json: string) => ({
      'limits.json': json,
      'config.ts': `import limits from './limits.json'\nexport const run = () => limits`,
    })
    const one = await fingerprintOf(files('{"a": 1}'))
    expect(one.hash).toBe((await fingerprintOf(files('{\n "a":1 }'))).hash)
    expect(one.hash).not.toBe((await fingerprintOf(files('{"a": 2}'))).hash)
  })

  test('a helper that reads the environment makes the function unresolved', async () => {
    const files = { ...config, 'lib/half.ts': 'export const half = (t: number) => t / Number(process.env.HALF)' }
    expect((await fingerprintOf(files)).unresolved).toEqual(['process.env'])
  })

  test('a namespace and a default import are resolved', async () => {
    const files = (n: number) => ({
      'lib.ts': `export const a = ${n}\nexport default function half(t: number) { return t / 2 }`,
      'config.ts': `import half, * as lib from './lib.ts'\nexport const run = (t: number) => half(t) + lib.a`,
    })
    const one = await fingerprintOf(files(1))
    expect(one.unresolved).toEqual([])
    expect(one.hash).not.toBe((await fingerprintOf(files(2))).hash)
  })
})

describe('what cannot be resolved', () => {
  test('a closure made in a factory is named', async () => {
    const print = await fingerprintOf(
      'const make = (limit: number) => (t: number) => t > limit\nexport const run = make(3)',
    )
    expect(print.unresolved).toEqual(['limit'])
  })

  test('a closure made in a loop is named', async () => {
    const print = await fingerprintOf(
      'const all: any[] = []\nfor (const c of [1, 2]) all.push((t: number) => t + c)\nexport const run = all[0]',
    )
    expect(print.unresolved).toEqual(['c'])
  })

  test('a method that reads this is unresolved', async () => {
    const print = await fingerprintOf(
      'const o = { limit: 1, run(t: number) { return t > this.limit } }\nexport const run = o.run',
    )
    expect(print.unresolved).toEqual(['this'])
  })

  test('native and bound functions are unresolved', async () => {
    const index = createCodeIndex(undefined)
    expect(index.fingerprint(Math.max).unresolved).toEqual(['native code'])
    expect(index.fingerprint(((t: number) => t).bind(null)).unresolved).toEqual(['native code'])
  })

  test('without an entry a function that reaches nothing is resolved and its names are unresolved otherwise', () => {
    const helper = (t: number) => t
    const index = createCodeIndex(undefined)
    expect(index.fingerprint((t: number) => Math.abs(t)).unresolved).toEqual([])
    expect(index.fingerprint((t: number) => folder({ a: String(t) }) + helper(t)).unresolved).toEqual([
      'folder',
      'helper',
    ])
  })

  test('two places with the same text and other meanings are unresolved', async () => {
    const file = (n: number) => `const LIMIT = ${n}\nexport const run = (t: number) => t > LIMIT`
    const files = (a: number, b: number) => ({
      'a.ts': file(a),
      'b.ts': file(b),
      'config.ts': `export { run } from './a.ts'\nimport './b.ts'`,
    })
    expect((await fingerprintOf(files(1, 2))).unresolved).toEqual(['LIMIT'])
    expect((await fingerprintOf(files(1, 1))).unresolved).toEqual([])
  })

  test('two places that differ in a shadowed global are unresolved', async () => {
    const run = 'export const run = (t: number) => Number(t)'
    const files = {
      'a.ts': run,
      'b.ts': `const Number = String\n${run}`,
      'config.ts': `export { run } from './a.ts'\nimport './b.ts'`,
    }
    expect((await fingerprintOf(files)).unresolved).toEqual(['Number'])
  })

  test('a module loaded inside a function is unresolved, one loaded at the top level counts', async () => {
    const lib = (n: number) => ({ 'lib.ts': `export const a = ${n}` })
    const inside = { ...lib(1), 'config.ts': `export const run = async () => (await import('./lib.ts')).a` }
    expect((await fingerprintOf(inside)).unresolved).not.toEqual([])
    const top = { 'config.ts': `const lib = await import('./lib.ts')\nexport const run = () => lib.a` }
    const one = await fingerprintOf({ ...top, ...lib(1) })
    expect(one.unresolved).toEqual([])
    expect(one.hash).not.toBe((await fingerprintOf({ ...top, ...lib(2) })).hash)
  })

  test('a script that cannot be parsed is unresolved', () => {
    const path = folder({
      'a.ts': 'export const a = (',
      'config.ts': `import { a } from './a.ts'\nexport const run = () => a`,
    })
    const a = 1
    expect(createCodeIndex(`${path}/config.ts`).fingerprint(() => a).unresolved).toEqual(['a.ts'])
  })
})

describe('forms of functions', () => {
  test.each([
    ['a method', '{ run(t: number) { return t + LIMIT } }.run'],
    ['an async method', '{ async run(t: number) { return t + LIMIT } }.run'],
    ['a generator method', '{ *run(t: number) { yield t + LIMIT } }.run'],
    ['a method with a computed name', `{ ['r' + 'un'](t: number) { return t + LIMIT } }.run`],
    ['a function expression', 'function (t: number) { return t + LIMIT }'],
    ['a named function expression', 'function again(t: number): number { return t > 9 ? t : again(t + LIMIT) }'],
    ['an async arrow function', 'async (t: number) => t + LIMIT'],
    ['a class', 'class { add(t: number) { return t + LIMIT } }'],
    ['a function that assigns its parameter', '(t: number) => { t += LIMIT; return t }'],
  ])('%s is found', async (_, text) => {
    const print = await fingerprintOf(
      `const LIMIT = 1\nexport const run = (${text.startsWith('{') ? `(${text.replace(/\.run$/, '')}) as any).run` : `${text})`}`,
    )
    expect(print.unresolved).toEqual([])
    expect(names(print)).toContain('const LIMIT')
  })

  test('a function in the options of a node is found', async () => {
    const path = folder({
      'config.ts':
        'const LIMIT = 1\nconst each = (o: any) => o\nexport const clean = each({ run: (t: number) => t + LIMIT })',
    })
    const clean = await load(`${path}/config.ts`, 'clean')
    expect(names(createCodeIndex(`${path}/config.ts`).fingerprint(clean.run))).toEqual([
      'config.ts#clean',
      'const LIMIT',
    ])
  })
})

test('files are read through the given door', () => {
  const files: Record<string, string> = {
    '/p/config.ts': `import { half } from './half.js'\nexport const run = (t) => half(t)`,
    '/p/half.ts': 'export const half = 1',
  }
  const half = (t: number) => t
  const index = createCodeIndex('/p/config.ts', {
    readFile(path) {
      const text = files[path]
      if (text === undefined) throw new Error(`no file ${path}`)
      return text
    },
  })
  expect(names(index.fingerprint((t: number) => half(t)))).toEqual(['config.ts#run', 'half.ts'])
})
