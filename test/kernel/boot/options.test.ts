import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pathText } from '../../../src/kernel/boot/fault.ts'
import { validateOptions } from '../../../src/kernel/boot/validate-options.ts'
import { nearest } from '../../../src/kernel/nearest.ts'
import { secretText } from '../../../src/kernel/secret.ts'

const faultsOf = (schema: z.ZodType, given: unknown) =>
  validateOptions(schema, given, 'db').faults.map(({ where, message }) => `${where}: ${message}`)

describe('unknown names are faults', () => {
  test.each<[string, z.ZodType, unknown, string[]]>([
    ['at the top', z.object({ path: z.string() }), { path: 'x', pth: 1 }, ['db.pth: unknown option "pth"']],
    [
      'nested',
      z.object({ a: z.object({ b: z.number() }).optional() }),
      { a: { b: 1, c: 2 } },
      ['db.a.c: unknown option "c"'],
    ],
    [
      'in a list',
      z.object({ l: z.array(z.object({ b: z.number() })) }),
      { l: [{ b: 1 }, { b: 1, c: 2 }] },
      ['db.l[1].c: unknown option "c"'],
    ],
    [
      'in a record',
      z.object({ r: z.record(z.string(), z.object({})) }),
      { r: { x: { y: 1 } } },
      ['db.r.x.y: unknown option "y"'],
    ],
    [
      'behind a default',
      z.object({ d: z.object({ b: z.number() }).default({ b: 1 }) }),
      { d: { b: 1, c: 1 } },
      ['db.d.c: unknown option "c"'],
    ],
    ['in a strict schema', z.strictObject({ a: z.number() }), { a: 1, b: 2 }, ['db.b: unknown option "b"']],
    ['not in a loose one', z.looseObject({ a: z.number() }), { a: 1, b: 2 }, []],
    [
      'in a tuple',
      z.object({ t: z.tuple([z.number(), z.object({})]) }),
      { t: [1, { c: 1 }] },
      ['db.t[1].c: unknown option "c"'],
    ],
    [
      'in both sides of an intersection',
      z.intersection(z.object({ a: z.number() }), z.object({ b: z.number() })),
      { a: 1, b: 2, c: 3 },
      ['db.c: unknown option "c"'],
    ],
    [
      'before a transformation',
      z.object({ p: z.object({ a: z.number() }).transform(({ a }) => a) }),
      { p: { a: 1, c: 2 } },
      ['db.p.c: unknown option "c"'],
    ],
    ['in a lazy schema', z.object({ z: z.lazy(() => z.object({})) }), { z: { c: 1 } }, ['db.z.c: unknown option "c"']],
    [
      'not in the fitting branch of a union',
      z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]),
      { b: 1 },
      [],
    ],
    [
      'in every branch of a union',
      z.object({ u: z.union([z.string(), z.object({ b: z.number() })]) }),
      { u: { b: 1, c: 1 } },
      ['db.u.c: unknown option "c"'],
    ],
  ])('%s', (_, schema, given, faults) => {
    expect(faultsOf(schema, given)).toEqual(faults)
  })
})

describe('wording', () => {
  test.each<[string, z.ZodType, unknown, string]>([
    ['a wrong type', z.object({ n: z.number() }), { n: 'x' }, 'db.n: expected a number, got "x"'],
    ['a missing option', z.object({ n: z.number() }), {}, 'db.n: expected a number, it is missing'],
    ['a choice', z.object({ m: z.enum(['a', 'b']) }), { m: 'c' }, 'db.m: expected "a" or "b", got "c"'],
    [
      'a union',
      z.object({ u: z.union([z.string(), z.number()]) }),
      { u: true },
      'db.u: expected text or a number, got true',
    ],
    ['a secret', z.object({ s: secretText() }), { s: 5 }, 'db.s: expected text or text or secret(...), got 5'],
    ['a refinement', z.object({ n: z.number().min(3) }), { n: 1 }, 'db.n: too small: expected number to be >=3, got 1'],
    ['no object at all', z.object({ n: z.number() }), 'text', 'db: expected an object, got "text"'],
  ])('%s', (_, schema, given, fault) => {
    expect(faultsOf(schema, given)).toEqual([fault])
  })
})

test('defaults are filled in, and no options at all are like empty ones', () => {
  expect(validateOptions(z.object({ n: z.number().default(2) }), undefined, 'x')).toEqual({
    options: { n: 2 },
    faults: [],
  })
})

test.each([
  ['retires', 'retries'],
  ['lineag', 'lineage'],
  ['Path', 'path'],
  ['xyz', undefined],
])('the nearest name to %s is %s', (name, near) => {
  expect(nearest(name, ['path', 'retries', 'lineage'])).toBe(near)
})

test('for all names with two neighbours swapped, the name itself is the nearest', () => {
  const word = fc.stringMatching(/^[a-z]{5,12}$/)
  fc.assert(
    fc.property(word, fc.nat(20), (name, at) => {
      const i = at % (name.length - 1)
      const swapped = name.slice(0, i) + name[i + 1] + name[i] + name.slice(i + 2)
      expect(nearest(swapped, [name, '0000'])).toBe(name)
    }),
  )
})

test('paths read like code', () => {
  expect(pathText('pipelines', ['flights', 'clean', 'expect', 0, 'a b'])).toBe(
    'pipelines.flights.clean.expect[0]["a b"]',
  )
})
