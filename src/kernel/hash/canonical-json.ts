/**
 * One text for one value, whatever the order in which keys were written. Plain JSON values give JSON with sorted keys; what JSON cannot carry
 * is written as a tagged form that no JSON value can equal: `bigint"5"`, `Date"2001-01-01T00:00:00.000Z"`, `NaN`, `Uint8Array[1,2]`, `/a+/i`.
 * Keys whose value is `undefined` are left out, as in options that were not given. `toJSON` is honoured, so a secret is written as its
 * reference. Throws a `TypeError` for functions, symbols and cycles, which have no content.
 */
export function canonicalJson(value: unknown): string {
  return write(value, [])
}

function write(value: unknown, above: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'bigint':
      return `bigint"${value}"`
    case 'object':
      return value === null ? 'null' : writeObject(value, above)
    default:
      throw new TypeError(`A ${typeof value} has no canonical text.`)
  }
}

function writeObject(value: object, above: readonly object[]): string {
  if (above.includes(value)) throw new TypeError('A value that contains itself has no canonical text.')
  const inside = [...above, value]
  if (value instanceof Date) return `Date"${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()}"`
  if (value instanceof RegExp) return `RegExp${JSON.stringify(String(value))}`
  if (Array.isArray(value)) return writeList(value, inside)
  if (value instanceof ArrayBuffer) return `ArrayBuffer${writeList(new Uint8Array(value), inside)}`
  if (ArrayBuffer.isView(value)) return writeView(value, inside)
  if (value instanceof Map) return `Map${writeList(value.entries(), inside)}`
  if (value instanceof Set) return `Set${writeList(value.values(), inside)}`
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), inside)
  const parts: string[] = []
  for (const key of Object.keys(value).sort()) {
    const inner = (value as Readonly<Record<string, unknown>>)[key]
    if (inner !== undefined) parts.push(`${JSON.stringify(key)}:${write(inner, inside)}`)
  }
  return `{${parts.join(',')}}`
}

function writeList(values: Iterable<unknown>, inside: readonly object[]): string {
  return `[${Array.from(values, (value) => write(value, inside)).join(',')}]`
}

function writeView(view: ArrayBufferView, inside: readonly object[]): string {
  if (view instanceof Uint8Array)
    return `Uint8Array${writeList(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), inside)}`
  if (view instanceof DataView)
    return `DataView${writeList(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), inside)}`
  return `${view.constructor.name}${writeList(view as unknown as Iterable<unknown>, inside)}`
}
