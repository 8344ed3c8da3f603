import type { LogicalType, TableSchema } from 'tidegate'

const plain: Readonly<Record<string, string>> = {
  boolean: 'z.boolean()',
  string: 'z.string()',
  date: 'z.iso.date()',
  time: 'z.iso.time()',
  // Nothing but absent values were seen.
  null: 'z.string()',
}

const numbers: Readonly<Record<string, string>> = {
  int8: 'int8()',
  int16: 'int16()',
  int32: 'z.int32()',
  int64: 'z.int64()',
  uint8: 'uint8()',
  uint16: 'uint16()',
  uint32: 'z.uint32()',
  uint64: 'z.uint64()',
  float32: 'z.float32()',
  float64: 'z.number()',
}

/** A zod schema as people paste it into their config, with the imports it needs: it declares exactly these types. */
export function zodText(schema: TableSchema): readonly string[] {
  const used = new Set<string>()
  const fields = schema.fields.map(({ name, type, nullable, sees }) => {
    const text =
      type.kind === 'int' && type.bits === 64 && type.signed && sees === undefined ? 'z.int()' : typeText(type, used)
    return `  ${keyText(name)}: ${text}${nullable || type.kind === 'null' ? '.nullable()' : ''},`
  })
  return [
    ...(used.size === 0 ? [] : [`import { ${[...used].sort().join(', ')} } from 'tidegate'`]),
    `import { z } from 'zod'`,
    '',
    'export default z.object({',
    ...fields,
    '})',
  ]
}

function typeText(type: LogicalType, used: Set<string>): string {
  const own = (name: string, text: string) => {
    used.add(name)
    return text
  }
  switch (type.kind) {
    case 'int':
    case 'float': {
      const name = `${type.kind === 'int' ? (type.signed ? 'int' : 'uint') : 'float'}${type.bits}`
      const text = numbers[name] as string
      return text.startsWith('z.') ? text : own(name, text)
    }
    case 'decimal':
      return own('decimal', `decimal(${type.precision}, ${type.scale})`)
    case 'binary':
      return own('binary', 'binary()')
    case 'timestamp': {
      if (type.unit === 'ms' && type.zone === undefined) return 'z.date()'
      const zone = type.zone === undefined ? '' : `, zone: ${JSON.stringify(type.zone)}`
      return own('timestamp', `timestamp({ unit: '${type.unit}'${zone} })`)
    }
    case 'list':
      return `z.array(${typeText(type.of, used)})`
    case 'struct': {
      const inner = type.fields.map(
        (field) => `${keyText(field.name)}: ${typeText(field.type, used)}${field.nullable ? '.nullable()' : ''}`,
      )
      return `z.object({ ${inner.join(', ')} })`
    }
    default:
      return plain[type.kind] as string
  }
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : `[${JSON.stringify(name)}]`
}
