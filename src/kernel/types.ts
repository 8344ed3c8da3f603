/** The logical types of DESIGN section 2. JSON, stable: they are stored in manifests. Dictionary is an encoding of `string`, kept by pass-through. */
export type LogicalType =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'string' }
  | { readonly kind: 'binary' }
  /** Days since 1970-01-01. */
  | { readonly kind: 'date' }
  /** Time of day in `unit` since midnight. */
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  /** `unit` since 1970-01-01T00:00:00; with `zone` an instant (stored in UTC), without one a wall-clock reading taken as UTC. */
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly zone?: string }
  | { readonly kind: 'list'; readonly of: LogicalType }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }

export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/** Column facts that follow column lineage, such as `{ tags: ['pii'], unit: 'USD' }`. */
export interface FieldMeta {
  readonly tags?: readonly string[]
  readonly unit?: string
  readonly description?: string
}

export interface Field {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
  /** 64-bit integers only: a step sees `number` (default; `TYPE_PRECISION` beyond 2^53) or `bigint`. */
  readonly sees?: 'bigint'
  /** What stands where a value is absent (`.default(...)` of the schema); applied when the column is read or built. */
  readonly fallback?: string | number | boolean
  /** How the text of a source spells the column where its format leaves that open (`DD.MM.YYYY`); found with the type and pinned with it. */
  readonly format?: string
  readonly meta?: FieldMeta
}

/** The physical schema of a dataset, as pinned in its manifest. */
export interface TableSchema {
  readonly fields: readonly Field[]
}

export const types = {
  null: { kind: 'null' },
  boolean: { kind: 'boolean' },
  int8: { kind: 'int', bits: 8, signed: true },
  int16: { kind: 'int', bits: 16, signed: true },
  int32: { kind: 'int', bits: 32, signed: true },
  int64: { kind: 'int', bits: 64, signed: true },
  uint8: { kind: 'int', bits: 8, signed: false },
  uint16: { kind: 'int', bits: 16, signed: false },
  uint32: { kind: 'int', bits: 32, signed: false },
  uint64: { kind: 'int', bits: 64, signed: false },
  float32: { kind: 'float', bits: 32 },
  float64: { kind: 'float', bits: 64 },
  string: { kind: 'string' },
  binary: { kind: 'binary' },
  date: { kind: 'date' },
  decimal: (precision: number, scale: number) => ({ kind: 'decimal', precision, scale }) as const,
  time: (unit: TimeUnit) => ({ kind: 'time', unit }) as const,
  timestamp: (unit: TimeUnit, zone?: string) =>
    zone === undefined ? ({ kind: 'timestamp', unit } as const) : ({ kind: 'timestamp', unit, zone } as const),
  list: (of: LogicalType) => ({ kind: 'list', of }) as const,
  struct: (fields: readonly Field[]) => ({ kind: 'struct', fields }) as const,
} as const

/** `int32`, `decimal(18,2)`, `timestamp(us, UTC)`, `list<string>`: how a type is written in messages and docs. */
export function typeName(type: LogicalType): string {
  switch (type.kind) {
    case 'int':
      return `${type.signed ? '' : 'u'}int${type.bits}`
    case 'float':
      return `float${type.bits}`
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'time':
      return `time(${type.unit})`
    case 'timestamp':
      return `timestamp(${type.unit}${type.zone === undefined ? '' : `, ${type.zone}`})`
    case 'list':
      return `list<${typeName(type.of)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${typeName(field.type)}`).join(', ')}>`
    default:
      return type.kind
  }
}

/** Names and types of all columns, in order: what a schema means for content. */
export function schemaTypes(schema: TableSchema): readonly (readonly [string, string])[] {
  return schema.fields.map((field) => [field.name, typeName(field.type)])
}

export function sameType(a: LogicalType, b: LogicalType): boolean {
  return typeName(a) === typeName(b)
}

/** How many `unit`s one millisecond is (0.001 for seconds). */
export const unitsPerMillisecond: Readonly<Record<TimeUnit, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 }
