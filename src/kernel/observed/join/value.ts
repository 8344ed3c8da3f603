/** A key in the form in which equal keys are the same `Map` key; undefined never matches. */
export type KeyValue = string | number | boolean | bigint | undefined

/**
 * Normalises one key as Arquero's `keyFunction` compares them: null and NaN never match, dates equal their milliseconds, arrays, structs and regular
 * expressions go by content. As part of a key of several columns, numbers also equal big integers of the same value. `\0` keeps content apart from text.
 */
export function keyValue(value: unknown, several: boolean): KeyValue {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      if (Number.isNaN(value)) return undefined
      return several && Math.abs(value) > Number.MAX_SAFE_INTEGER ? `\0${value}` : value
    case 'undefined':
      return undefined
    case 'boolean':
      return several ? `\0${value}` : value
    case 'bigint': {
      if (!several) return value
      const near = Number(value)
      return Math.abs(near) > Number.MAX_SAFE_INTEGER ? `\0${value}` : near
    }
    default:
      if (value === null) return undefined
      // As one of several keys even an invalid date goes by its text.
      if (value instanceof Date) return several && Number.isNaN(+value) ? '\0NaN' : keyValue(+value, several)
      return `\0${content(value)}`
  }
}

/** As `key` of Arquero's util/key-function.js (BSD-3-Clause, Copyright University of Washington Interactive Data Lab). */
function content(value: unknown): unknown {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return +value
  if (Array.isArray(value)) return `[${value.map(content)}]`
  if (ArrayBuffer.isView(value)) return `[${Array.from(value as unknown as ArrayLike<number>)}]`
  if (value instanceof RegExp) return String(value)
  return `{${Object.entries(value).map(([name, inner]) => `"${name}":${content(inner)}`)}}`
}
