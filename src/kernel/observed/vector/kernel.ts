import { BooleanColumn, FlatColumn } from '../../columns/column.ts'
import { allPresent } from '../../columns/validity.ts'
import { types } from '../../types.ts'
import type { Cells } from '../cells/cells.ts'
import { booleans, nulls, numbers } from './kinds.ts'
import type { Binder, Code } from './leaf.ts'

export interface Bindings extends Binder {
  readonly values: readonly unknown[]
  readonly tags: readonly string[]
}

export function createBindings(): Bindings {
  const values: unknown[] = []
  const tags: string[] = []
  const names = new Map<unknown, string>()
  return {
    values,
    tags,
    bind(value, tag) {
      const shared = typeof value === 'object' || typeof value === 'function'
      const known = shared ? names.get(value) : undefined
      if (known !== undefined) return known
      const name = `a${values.length}`
      values.push(value)
      tags.push(tag)
      if (shared) names.set(value, name)
      return name
    },
  }
}

type Kernel = (n: number, ...values: readonly unknown[]) => number
const kernels = new Map<string, Kernel>()
const most = 512

/** Compiled loops are kept by their text and the layouts they read: the next batch finds them warm. */
function kernel(body: string, { tags }: Bindings): Kernel {
  const key = `${body}//${tags.join()}`
  let found = kernels.get(key)
  if (found === undefined) {
    if (kernels.size >= most) kernels.delete(kernels.keys().next().value as string)
    const names = tags.map((_, i) => `a${i}`)
    // The text holds operators, names made above and literals in JSON notation; nothing of the user's own text.
    found = new Function('n', ...names, 'out', 'bits', `"use strict"; ${body}`) as Kernel
    kernels.set(key, found)
  }
  return found
}

/** The values of an expression at rows [0, n). */
export function run(code: Code, bindings: Bindings, n: number): Cells {
  const { kinds, value } = code
  if (kinds === numbers || kinds === booleans) {
    const body = `for (let i = 0; i < n; i++) out[i] = ${kinds === booleans ? `${value} ? 1 : 0` : value}; return 0`
    const out = kinds === numbers ? new Float64Array(n) : new Uint8Array(n)
    kernel(body, bindings)(n, ...bindings.values, out)
    return kinds === numbers ? new FlatColumn(types.float64, out as Float64Array) : new BooleanColumn(out as Uint8Array)
  }
  if (kinds === (numbers | nulls) || kinds === (booleans | nulls)) return runNullable(code, bindings, n)
  const out = new Array<unknown>(n)
  kernel(`for (let i = 0; i < n; i++) out[i] = ${value}; return 0`, bindings)(n, ...bindings.values, out)
  return out as unknown as Cells
}

function runNullable({ kinds, value }: Code, bindings: Bindings, n: number): Cells {
  const isNumber = (kinds & booleans) === 0
  const bits = allPresent(n)
  const out = isNumber ? new Float64Array(n) : new Uint8Array(n)
  const body = `let absent = 0; for (let i = 0; i < n; i++) { const x = ${value}; if (x === null) { bits[i >> 3] &= ~(1 << (i & 7)); absent++ } else out[i] = ${isNumber ? 'x' : 'x ? 1 : 0'} } return absent`
  const absent = kernel(body, bindings)(n, ...bindings.values, out, bits)
  const validity = absent === 0 ? undefined : bits
  return isNumber
    ? new FlatColumn(types.float64, out as Float64Array, validity)
    : new BooleanColumn(out as Uint8Array, validity)
}

/**
 * One bit per row of [0, n) where the expression is true, in the layout of Arquero's `BitSet` (row 0 is the highest bit of word 0); only rows that
 * `mask` has.
 */
export function runBits(code: Code, bindings: Bindings, n: number, mask: Uint32Array | undefined): Uint32Array {
  const words = new Uint32Array(Math.ceil(n / 32))
  const skip = mask === undefined ? '' : 'if (bits[j] === 0) continue; '
  const body = `for (let j = 0, i = 0; j < out.length; j++) { i = j << 5; ${skip}const end = Math.min(n, i + 32); let word = 0; for (; i < end; i++) word = (word << 1) | (${code.truth} ? 1 : 0); out[j] = ${mask === undefined ? '' : 'bits[j] & '}(end & 31 ? word << (32 - (end & 31)) : word) } return 0`
  kernel(body, bindings)(n, ...bindings.values, words, mask)
  return words
}
