import type { Form } from './canonical.ts'

export interface CanonicalParams {
  readonly form: Form
  /** Paths such as `params.scale` of values that have no stable text. */
  readonly unresolved: readonly string[]
}

/**
 * Parameter values as a form: equal values give equal forms whatever the order of keys. `onFunction` says what a function among them is
 * worth. Objects with `toJSON` (secrets, URLs) count as what it returns.
 */
// biome-ignore lint/complexity/noBannedTypes: any function at all
export function canonicalParams(params: unknown, onFunction: (fn: Function) => Form): CanonicalParams {
  const unresolved: string[] = []
  const open = new Set<object>()

  function fail(path: string): Form {
    unresolved.push(path)
    return ['Unresolved']
  }

  function convert(value: unknown, path: string): Form {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') return Object.is(value, -0) ? ['Number', '-0'] : ['Number', String(value)]
    if (typeof value === 'undefined') return ['Undefined']
    if (typeof value === 'bigint') return ['BigInt', String(value)]
    if (typeof value === 'function') return onFunction(value)
    if (typeof value !== 'object' || open.has(value)) return fail(path)
    open.add(value)
    const form = convertObject(value, path)
    open.delete(value)
    return form
  }

  function convertObject(value: object, path: string): Form {
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    if (Array.isArray(value))
      return ['Array', ...Array.from(value, (item, index) => convert(item, `${path}[${index}]`))]
    if (value instanceof Date) return ['Date', String(value.getTime())]
    if (value instanceof RegExp) return ['RegExp', value.source, value.flags, value.lastIndex]
    if (value instanceof Set) return ['Set', ...Array.from(value, (item) => convert(item, `${path}[]`))]
    if (value instanceof Map) return ['Map', ...Array.from(value, (pair) => convert(pair, `${path}[]`))]
    if (value instanceof ArrayBuffer) return [tag, ...new Uint8Array(value)]
    if (value instanceof DataView) return [tag, ...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
    if (ArrayBuffer.isView(value))
      return [tag, ...Array.from(value as unknown as Iterable<number | bigint>, (item) => convert(item, path))] // every other view is iterable
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') return [`toJSON ${tag}`, convert(toJSON.call(value, ''), path)]
    const prototype: unknown = Object.getPrototypeOf(value)
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
    if (!isPlain || tag !== 'Object' || Object.getOwnPropertySymbols(value).length > 0) return fail(path)
    const keys = Object.keys(value).sort()
    return [
      'Object',
      ...keys.map((key): Form => [key, convert((value as Record<string, unknown>)[key], `${path}.${key}`)]),
    ]
  }

  return { form: convert(params, 'params'), unresolved }
}
