import { TidegateError } from 'tidegate'

type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

export type Logical =
  | { readonly name: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly name: string; readonly zone?: string }

/** A schema of the Avro 1.12 specification with its names resolved: a record that holds itself is a circle of objects. */
export type AvroType =
  | { readonly kind: Primitive; readonly logical?: Logical }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number; readonly logical?: Logical }
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly AvroField[] }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

export type AvroRecord = Extract<AvroType, { kind: 'record' }>

export interface AvroField {
  readonly name: string
  readonly type: AvroType
}

/** Names that Avro cannot spell are kept beside the spelling it has. */
export const nameProperty = 'tidegate.name'
/** Time zones other than UTC. */
export const zoneProperty = 'tidegate.zone'

const primitives: ReadonlySet<unknown> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
])
const deepest = 64

type Json = Readonly<Record<string, unknown>>

/** The schema of a container file, whose text is `text`. @throws `SOURCE_CORRUPT` saying what is wrong with it. */
export function parseAvroSchema(text: string, shown: string): AvroType {
  const named = new Map<string, AvroType>()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw bad('is not JSON', cause)
  }
  return parse(json, '', 0)

  function bad(what: string, cause?: unknown): TidegateError {
    return new TidegateError('SOURCE_CORRUPT', `"${shown}" has a damaged header: its schema ${what}`, {
      hint: 'Write the file again with a library that follows the Avro specification.',
      data: { path: shown },
      ...(cause === undefined ? {} : { cause }),
    })
  }

  function parse(given: unknown, space: string, depth: number): AvroType {
    if (depth > deepest) throw bad(`is nested deeper than ${deepest} levels`)
    if (typeof given === 'string') return byName(given, space)
    if (Array.isArray(given)) return { kind: 'union', branches: given.map((one) => parse(one, space, depth + 1)) }
    if (typeof given !== 'object' || given === null) throw bad(`holds ${JSON.stringify(given)} in place of a type`)
    const own = given as Json
    const { type } = own
    if (typeof type !== 'string') return parse(type, space, depth + 1)
    if (primitives.has(type)) {
      const logical = logicalOf(own)
      return { kind: type as Primitive, ...(logical === undefined ? {} : { logical }) }
    }
    if (type === 'array') return { kind: 'array', items: parse(own['items'], space, depth + 1) }
    if (type === 'map') return { kind: 'map', values: parse(own['values'], space, depth + 1) }
    if (type === 'record' || type === 'error') return parseRecord(own, space, depth)
    if (type === 'enum') return parseEnum(own, space)
    if (type === 'fixed') return parseFixed(own, space)
    return byName(type, space)
  }

  function byName(name: string, space: string): AvroType {
    if (primitives.has(name)) return { kind: name as Primitive }
    const found = named.get(name.includes('.') || space === '' ? name : `${space}.${name}`) ?? named.get(name)
    if (found === undefined) throw bad(`uses the unknown type "${name}"`)
    return found
  }

  function fullName(own: Json, space: string): string {
    const { name, namespace } = own
    // Polars leaves the name of the record empty, which the specification forbids and nothing needs.
    if (typeof name !== 'string' || (name === '' && own['type'] !== 'record'))
      throw bad('has a named type without a name')
    if (name.includes('.')) return name
    const inside = typeof namespace === 'string' ? namespace : space
    return inside === '' ? name : `${inside}.${name}`
  }

  function parseRecord(own: Json, space: string, depth: number): AvroType {
    const name = fullName(own, space)
    const fields: AvroField[] = []
    const record: AvroType = { kind: 'record', name, fields }
    named.set(name, record)
    const inside = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
    if (!Array.isArray(own['fields'])) throw bad(`gives the record "${name}" no fields`)
    const seen = new Set<string>()
    for (const field of own['fields'] as readonly unknown[]) {
      const { name: written, type, [nameProperty]: meant } = (field ?? {}) as Json
      const label = typeof meant === 'string' ? meant : written
      if (typeof label !== 'string') throw bad(`has a field without a name in the record "${name}"`)
      if (seen.has(label)) throw bad(`names the field "${label}" twice in the record "${name}"`)
      seen.add(label)
      fields.push({ name: label, type: parse(type, inside, depth + 1) })
    }
    return record
  }

  function parseEnum(own: Json, space: string): AvroType {
    const name = fullName(own, space)
    const symbols = own['symbols']
    if (!Array.isArray(symbols) || symbols.some((symbol) => typeof symbol !== 'string'))
      throw bad(`gives the enum "${name}" no symbols`)
    const type: AvroType = { kind: 'enum', name, symbols: symbols as string[] }
    named.set(name, type)
    return type
  }

  function parseFixed(own: Json, space: string): AvroType {
    const name = fullName(own, space)
    const { size } = own
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > 1 << 26)
      throw bad(`gives the fixed type "${name}" the size ${JSON.stringify(size)}`)
    const logical = logicalOf(own)
    const type: AvroType = { kind: 'fixed', name, size, ...(logical === undefined ? {} : { logical }) }
    named.set(name, type)
    return type
  }
}

/** A logical type that is spelt wrong is ignored, as the specification says. */
function logicalOf(own: Json): Logical | undefined {
  const { logicalType: name, precision, scale = 0, [zoneProperty]: zone } = own
  if (typeof name !== 'string') return undefined
  if (name !== 'decimal') return typeof zone === 'string' ? { name, zone } : { name }
  const whole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value)
  if (!whole(precision) || !whole(scale) || precision < 1 || scale < 0 || scale > precision) return undefined
  return { name, precision, scale }
}
