import { type Field, type LogicalType, type TableSchema, TidegateError } from 'tidegate'
import { nameProperty, zoneProperty } from './schema.ts'

type Json = string | number | readonly Json[] | { readonly [key: string]: Json }

const spelt = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The Avro schema of a table, as JSON text: a record called `name`. Names that Avro cannot spell are mangled and kept beside. */
export function avroSchemaOf(schema: TableSchema, name: string): string {
  let records = 0

  function recordOf(fields: readonly Field[], own: string): Json {
    const taken = new Set(fields.map((field) => field.name).filter((one) => spelt.test(one)))
    return {
      type: 'record',
      name: own,
      fields: fields.map((field) => {
        const label = spelt.test(field.name) ? field.name : mangled(field.name, taken)
        const type = typeOf(field.type)
        return {
          name: label,
          type: field.nullable && field.type.kind !== 'null' ? ['null', type] : type,
          ...(label === field.name ? {} : { [nameProperty]: field.name }),
          ...(field.meta?.description === undefined ? {} : { doc: field.meta.description }),
        }
      }),
    }
  }

  function typeOf(type: LogicalType): Json {
    switch (type.kind) {
      case 'null':
      case 'boolean':
      case 'string':
        return type.kind
      case 'binary':
        return 'bytes'
      case 'int':
        if (type.bits === 64 && !type.signed) return { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 0 }
        return type.bits === 64 || (type.bits === 32 && !type.signed) ? 'long' : 'int'
      case 'float':
        return type.bits === 32 ? 'float' : 'double'
      case 'decimal':
        return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale }
      case 'date':
        return { type: 'int', logicalType: 'date' }
      case 'time':
        if (type.unit === 's' || type.unit === 'ms') return { type: 'int', logicalType: 'time-millis' }
        return { type: 'long', logicalType: type.unit === 'us' ? 'time-micros' : 'time-nanos' }
      case 'timestamp': {
        const unit = { s: 'millis', ms: 'millis', us: 'micros', ns: 'nanos' }[type.unit]
        const zone = type.zone === undefined || type.zone === 'UTC' ? {} : { [zoneProperty]: type.zone }
        return { type: 'long', logicalType: `${type.zone === undefined ? 'local-' : ''}timestamp-${unit}`, ...zone }
      }
      case 'list':
        return { type: 'array', items: type.of.kind === 'null' ? 'null' : ['null', typeOf(type.of)] }
      case 'struct':
        records++
        return recordOf(type.fields, `${name}_${records}`)
    }
  }

  return JSON.stringify(recordOf(schema.fields, name))
}

/** `net price` becomes `net_price`, `2nd` `_2nd`; a number is added where that is taken. */
function mangled(name: string, taken: Set<string>): string {
  const plain = `${/^[0-9]/.test(name) || name === '' ? '_' : ''}${name.replace(/[^A-Za-z0-9_]/g, '_')}`
  let label = plain
  for (let n = 2; taken.has(label); n++) label = `${plain}_${n}`
  taken.add(label)
  return label
}

/** @throws `TARGET_FAILED` for a record name that Avro cannot spell. */
export function requireName(name: string): void {
  if (spelt.test(name)) return
  throw new TidegateError('TARGET_FAILED', `"${name}" is no name for an Avro record`, {
    hint: 'Use letters, digits and underscores, and no digit first.',
  })
}
