import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCodeIndex } from '../../../src/kernel/fingerprint/code.ts'
import { shortHash } from '../../../src/kernel/fingerprint/hash.ts'
import { canonicalParams } from '../../../src/kernel/fingerprint/params.ts'
import { createSecret } from '../../../src/kernel/secret.ts'

const run = (t: number) => t
const print = (params: unknown) => createCodeIndex(undefined).fingerprint(run, { params })

describe('params', () => {
  test('count by their values, whatever the order of keys', () => {
    expect(print({ a: 1, b: [2] }).hash).toBe(print({ b: [2], a: 1 }).hash)
    expect(print({ a: 1 }).hash).not.toBe(print({ a: 2 }).hash)
    expect(print({ a: 1 }).parts.map((part) => part.name)).toEqual(['run', 'params'])
    expect(print(undefined)).toEqual(createCodeIndex(undefined).fingerprint(run))
  })

  test('tell apart values that JSON cannot', () => {
    const values = [1, 1n, '1', NaN, null, undefined, 0, -0, Infinity, [1], [undefined], [], {}, new Date(1), new Date(NaN), new Uint8Array([1]),
      new Int8Array([1]), new Float64Array([NaN]), new BigInt64Array([1n]), /1/, /1/g, new Set([1]), new Map([[1, 1]]), new URL('http://a'), { a: undefined },
      'Undefined', ['Undefined'], ['Number', '1'], new Uint8Array([1]).buffer, new DataView(new ArrayBuffer(1)), { $: 1 }] // biome-ignore format: a list
    const hashes = values.map((value) => print({ value }).hash)
    expect(new Set(hashes).size).toBe(values.length)
    expect(values.flatMap((value) => print({ value }).unresolved)).toEqual([])
  })

  test('that have no stable text are unresolved by their path', () => {
    class Meter {}
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(
      print({ a: { b: [new Meter()] }, c: Symbol('s'), d: new WeakMap(), e: circle, f: Promise.resolve() }).unresolved,
    ).toEqual(['params.a.b[0]', 'params.c', 'params.d', 'params.e.self', 'params.f'])
  })

  test('may hold functions, which count by their code', () => {
    expect(print({ f: (x: number) => x + 1 }).hash).not.toBe(print({ f: (x: number) => x + 2 }).hash)
    expect(print({ f: (x: number) => x + 1 }).unresolved).toEqual([])
    const limit = Math.random()
    expect(print({ f: (x: number) => x + limit }).unresolved).toEqual(['limit'])
  })

  test('hold secrets by their reference', () => {
    expect(print({ key: createSecret('A') }).hash).toBe(print({ key: createSecret('A') }).hash)
    expect(print({ key: createSecret('A') }).hash).not.toBe(print({ key: createSecret('B') }).hash)
  })

  test('the same value under the same path is no circle', () => {
    const shared = { a: 1 }
    expect(print({ x: shared, y: shared }).unresolved).toEqual([])
  })

  test('equal JSON values and only these have equal hashes', () => {
    const hash = (value: unknown) => shortHash(canonicalParams(value, () => null).form)
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(hash(structuredClone(a))).toBe(hash(a))
        if (hash(a) === hash(b)) expect(a).toEqual(b)
      }),
    )
  })
})
