import { type Field, type LogicalType, type TimeUnit, typeName } from 'tidegate'
import { DecimalText, Float, Moment, PyCall, PyDict, type PyValue } from './values.ts'

/** How much may be looked at: values that refer to each other can stand for far more than the file holds. */
export interface Budget {
  visit(): void
  tooDeep(): never
}

export type Converted = { readonly value: unknown } | { readonly why: string }

const deepest = 32
const good = (value: unknown): Converted => ({ value })
const bad = (why: string): Converted => ({ why })

/**
 * A Python value as a type: times and timestamps as bigint in their unit, dates as days, decimals unscaled, at the top; inside lists and structs
 * as a step sees them. `null` where absent.
 */
export function convert(value: PyValue, type: LogicalType, budget: Budget, depth = 0, sees?: Field['sees']): Converted {
  budget.visit()
  if (depth > deepest) budget.tooDeep()
  if (value === null) return good(null)
  const not = () => bad(`${shownAs(value)} is not ${typeName(type)}`)
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? good(value) : not()
    case 'int':
      return typeof value === 'number' || typeof value === 'bigint' ? whole(value, type, sees) : not()
    case 'float': {
      const number = value instanceof Float ? value.value : typeof value === 'number' ? value : undefined
      if (number === undefined) return not()
      if (type.bits === 32 && Math.fround(number) !== number && !Number.isNaN(number))
        return bad(`${number} cannot be held by float32 without loss`)
      return good(number)
    }
    case 'decimal':
      return decimal(value, type, depth) ?? not()
    case 'string':
      if (typeof value === 'string') return wellFormed(value) ? good(value) : bad('holds half of a surrogate pair')
      return value instanceof PyCall && value.name === 'UUID' ? (uuid(value) ?? not()) : not()
    case 'binary':
      return value instanceof Uint8Array ? good(value) : not()
    case 'date':
      if (!(value instanceof Moment) || value.kind !== 'date') return not()
      return good(depth === 0 ? Number(value.value) : Number(value.value) * 86_400_000)
    case 'time':
    case 'timestamp':
      return value instanceof Moment ? (moment(value, type, depth) ?? not()) : not()
    case 'list':
      return Array.isArray(value) ? list(value, type.of, budget, depth, sees) : not()
    case 'struct':
      return value instanceof PyDict ? struct(value, type.fields, budget, depth) : not()
    default:
      return not()
  }
}

function shownAs(value: PyValue): string {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 60)}...` : value}"`
  if (value instanceof Float) return `the float ${value.value}`
  if (value instanceof Moment) return `a ${value.kind}`
  if (value instanceof PyCall) return `a ${value.name}`
  return typeof value === 'object' ? 'a list, dict or bytes' : String(value)
}

function whole(value: number | bigint, type: Extract<LogicalType, { kind: 'int' }>, sees: Field['sees']): Converted {
  const big = BigInt(value)
  const fits = type.signed ? BigInt.asIntN(type.bits, big) === big : BigInt.asUintN(type.bits, big) === big
  if (!fits) return bad(`${value} does not fit ${typeName(type)}`)
  if (type.bits === 64 && sees === 'bigint') return good(big)
  return Number.isSafeInteger(Number(value))
    ? good(Number(value))
    : bad(`${value} lies beyond 2^53 and is seen as number`)
}

function decimal(
  value: PyValue,
  type: Extract<LogicalType, { kind: 'decimal' }>,
  depth: number,
): Converted | undefined {
  const given =
    value instanceof DecimalText
      ? value
      : typeof value === 'number' || typeof value === 'bigint'
        ? { unscaled: BigInt(value), scale: 0 }
        : undefined
  if (given === undefined) return undefined
  const shift = type.scale - given.scale
  const divisor = 10n ** BigInt(Math.max(0, -shift))
  if (given.unscaled % divisor !== 0n) return bad(`has more places than ${typeName(type)}`)
  const unscaled = (given.unscaled / divisor) * 10n ** BigInt(Math.max(0, shift))
  const limit = 10n ** BigInt(depth === 0 ? type.precision : Math.min(15, type.precision))
  if (unscaled >= limit || unscaled <= -limit) return bad(`does not fit ${typeName(type)}`)
  return good(depth === 0 ? unscaled : Number(`${unscaled}e-${type.scale}`))
}

const perSecond: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }

function moment(
  { kind, value, unit }: Moment,
  type: Extract<LogicalType, { kind: 'time' | 'timestamp' }>,
  depth: number,
): Converted | undefined {
  if (kind !== type.kind && !(kind === 'date' && type.kind === 'timestamp')) return undefined
  const nanos = kind === 'date' ? value * 86_400_000_000_000n : value * (1_000_000_000n / perSecond[unit])
  const per = 1_000_000_000n / perSecond[type.unit]
  if (nanos % per !== 0n) return bad(`is finer than ${typeName(type)} can hold`)
  const units = nanos / per
  if (BigInt.asIntN(64, units) !== units) return bad(`does not fit ${typeName(type)}`)
  if (depth === 0) return good(units)
  return good(Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1_000_000)
}

/** 8-4-4-4-12 hex digits of `UUID(int=...)`. */
function uuid({ state }: PyCall): Converted | undefined {
  const int = state instanceof PyDict ? state.get('int') : undefined
  if (typeof int !== 'number' && typeof int !== 'bigint') return undefined
  const hex = BigInt.asUintN(128, BigInt(int)).toString(16).padStart(32, '0')
  return good(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
}

function list(
  items: readonly PyValue[],
  of: LogicalType,
  budget: Budget,
  depth: number,
  sees: Field['sees'],
): Converted {
  const out: unknown[] = []
  for (const item of items) {
    const one = convert(item, of, budget, depth + 1, sees)
    if ('why' in one) return one
    out.push(one.value)
  }
  return good(out)
}

function struct(dict: PyDict, fields: readonly Field[], budget: Budget, depth: number): Converted {
  const out: [string, unknown][] = []
  for (const field of fields) {
    const one = convert(dict.get(field.name) ?? null, field.type, budget, depth + 1, field.sees)
    if ('why' in one) return bad(`${field.name}: ${one.why}`)
    if (one.value === null && !field.nullable) return bad(`${field.name} is missing, but not nullable`)
    out.push([field.name, one.value])
  }
  return good(Object.fromEntries(out))
}

function wellFormed(value: string): boolean {
  // In Node since 20; the ES2023 library does not declare it.
  return (value as string & { isWellFormed(): boolean }).isWellFormed()
}
