import type { LogicalType } from 'tidegate'
import { uuidText } from './column-text.ts'
import { type Cursor, pass, readInt, readItems, readLength } from './cursor.ts'
import { decimalOf, isUuid, scalarOf } from './logical.ts'
import type { AvroType } from './schema.ts'
import { branchOf, leastBytes } from './skip.ts'
import { readDate, readDecimalNumber, readMoment, readNumberOf, readText, readWhole } from './values-scalar.ts'

type Read = () => unknown
type Sees = 'bigint' | undefined

/** A decoder of values inside lists and structs, which are kept as a step sees them. `wanted` and `sees` tell how 64-bit integers are seen. */
export function valueReader(type: AvroType, c: Cursor, column: string, wanted?: LogicalType, sees?: Sees): Read {
  switch (type.kind) {
    case 'union': {
      const readers = type.branches.map((branch) => valueReader(branch, c, column, wanted, sees))
      return () => branchOf(readers, c)()
    }
    case 'record':
      return recordReader(type, c, column, wanted)
    case 'array':
      return listReader(type, valueReader(type.items, c, column, elementOf(wanted), sees), c)
    case 'map':
      return mapReader(valueReader(type.values, c, column, undefined, sees), c)
    case 'null':
      return () => null
    case 'boolean':
      return () => {
        const byte = c.bytes[pass(c, 1)] as number
        if (byte > 1) c.fail(`a boolean is the byte ${byte}`)
        return byte === 1
      }
    case 'int': {
      const meant = scalarOf(type)
      return meant.kind === 'date' ? () => readDate(c) : () => readInt(c)
    }
    case 'long': {
      const meant = scalarOf(type)
      if (meant.kind === 'time' || meant.kind === 'timestamp') return () => readMoment(c, meant.unit)
      return () => readWhole(c, column, sees)
    }
    case 'float':
      return () => c.view.getFloat32(pass(c, 4), true)
    case 'double':
      return () => c.view.getFloat64(pass(c, 8), true)
    case 'string':
      return () => readText(c)
    case 'enum':
      return () => type.symbols[readNumberOf(type.symbols, c)]
    case 'bytes':
    case 'fixed': {
      const size = type.kind === 'fixed' ? type.size : undefined
      const decimal = decimalOf(type)
      if (decimal !== undefined) return () => readDecimalNumber(c, decimal, size, column)
      if (isUuid(type)) return () => uuidText(c)
      return () => {
        const from = pass(c, size ?? readLength(c))
        return c.bytes.slice(from, c.at)
      }
    }
  }
}

function elementOf(wanted: LogicalType | undefined): LogicalType | undefined {
  return wanted?.kind === 'list' ? wanted.of : undefined
}

function recordReader(
  type: Extract<AvroType, { kind: 'record' }>,
  c: Cursor,
  column: string,
  wanted: LogicalType | undefined,
): Read {
  const fields = wanted?.kind === 'struct' ? wanted.fields : []
  const readers = type.fields.map(({ name, type: inner }) => {
    const field = fields.find((one) => one.name === name)
    return { name, read: valueReader(inner, c, `${column}.${name}`, field?.type, field?.sees) }
  })
  return () => {
    const out: Record<string, unknown> = {}
    for (const { name, read } of readers) put(out, name, read())
    return out
  }
}

/** A field called `__proto__` is a field like any other. */
function put(out: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(out, name, { value, enumerable: true, writable: true, configurable: true })
  else out[name] = value
}

function listReader(type: Extract<AvroType, { kind: 'array' }>, read: Read, c: Cursor): Read {
  const least = leastBytes(type.items)
  return () => {
    const out: unknown[] = []
    for (let n = readItems(c, least); n > 0; n = readItems(c, least)) for (let i = 0; i < n; i++) out.push(read())
    return out
  }
}

/** Pairs in the order of the file. */
function mapReader(read: Read, c: Cursor): Read {
  return () => {
    const out: unknown[] = []
    for (let n = readItems(c, 1); n > 0; n = readItems(c, 1)) {
      for (let i = 0; i < n; i++) {
        const key = readText(c)
        out.push({ key, value: read() })
      }
    }
    return out
  }
}
