import { type Field, type LogicalType, sameType } from '../types.ts'

/**
 * How one type is read as another. `exact`: the same. `compatible`: every value fits. `convertible`: each value is checked while reading.
 * `incompatible`: there is no such reading.
 */
export type Level = 'exact' | 'compatible' | 'convertible' | 'incompatible'

const order: readonly Level[] = ['exact', 'compatible', 'convertible', 'incompatible']

export function worst(levels: Iterable<Level>): Level {
  let index = 0
  for (const level of levels) index = Math.max(index, order.indexOf(level))
  return order[index] as Level
}

export function conversion(from: LogicalType, to: LogicalType): Level {
  if (from.kind === 'null') return to.kind === 'null' ? 'exact' : 'compatible'
  if (from.kind === 'list') return to.kind === 'list' ? conversion(from.of, to.of) : 'incompatible'
  if (from.kind === 'struct') return to.kind === 'struct' ? structs(from.fields, to.fields) : 'incompatible'
  if (sameType(from, to)) return 'exact'
  if (isNumeric(from) && isNumeric(to)) return holdsAll(from, to) ? 'compatible' : 'convertible'
  return temporal(from, to)
}

type Numeric = Extract<LogicalType, { kind: 'int' | 'float' | 'decimal' }>

export function isNumeric(type: LogicalType): type is Numeric {
  return type.kind === 'int' || type.kind === 'float' || type.kind === 'decimal'
}

const intDigits: Readonly<Record<string, number>> = { 8: 3, 16: 5, 32: 10, 64: 19 }
/** Up to 15 digits, decimal text and double stand for each other one to one. */
const doubleDigits = 15

/** Whether every value of one numeric type is a value of the other. */
function holdsAll(from: Numeric, to: Numeric): boolean {
  if (from.kind === 'int') {
    if (to.kind === 'float') return from.bits <= (to.bits === 64 ? 32 : 16)
    if (to.kind === 'int') return from.signed === to.signed ? from.bits <= to.bits : to.signed && from.bits < to.bits
    const digits = (intDigits[from.bits] as number) + (from.bits === 64 && !from.signed ? 1 : 0)
    return digits <= to.precision - to.scale
  }
  if (from.kind === 'float') return to.kind === 'float' && from.bits <= to.bits
  if (to.kind === 'decimal') return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale
  return to.kind === 'float' && to.bits === 64 && from.precision <= doubleDigits
}

const fineness = { s: 0, ms: 1, us: 2, ns: 3 } as const

function temporal(from: LogicalType, to: LogicalType): Level {
  if (from.kind === 'time' && to.kind === 'time')
    return fineness[from.unit] <= fineness[to.unit] ? 'compatible' : 'convertible'
  if (from.kind === 'date' && to.kind === 'timestamp')
    return fineness[to.unit] <= fineness.ms ? 'compatible' : 'convertible'
  if (from.kind === 'timestamp' && to.kind === 'date') return 'convertible'
  if (from.kind !== 'timestamp' || to.kind !== 'timestamp') return 'incompatible'
  if (from.unit === to.unit) return 'compatible' // Another zone shows the same instants.
  // Nanoseconds end in the year 2262, so dates such as 9999-12-31 do not fit.
  return fineness[from.unit] < fineness[to.unit] && to.unit !== 'ns' ? 'compatible' : 'convertible'
}

function structs(from: readonly Field[], to: readonly Field[]): Level {
  if (from.some((field) => !to.some(({ name }) => name === field.name))) return 'incompatible'
  const sameFields = from.length === to.length && from.every(({ name }, i) => name === to[i]?.name)
  return worst([
    sameFields ? 'exact' : 'compatible',
    ...to.map((field) => {
      const old = from.find(({ name }) => name === field.name)
      if (old === undefined) return field.nullable ? 'compatible' : 'incompatible'
      return conversion(old.type, field.type) // `nullable` of a file does not count, here as for columns.
    }),
  ])
}
