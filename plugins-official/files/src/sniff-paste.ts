import { type Field, type LogicalType, type TableSchema, typeName } from 'tidegate'

export type PasteValue =
  | string
  | number
  | boolean
  | null
  | readonly PasteValue[]
  | { readonly [key: string]: PasteValue }

/** A source with its options and, where words for all types exist, its schema: as TypeScript and as YAML. */
export function paste(
  kind: string,
  options: Readonly<Record<string, PasteValue>>,
  schema: TableSchema,
): { readonly typescript: string; readonly yaml: string } {
  const declared = schema.fields.length > 0 && schema.fields.every(({ format }) => format !== 'json')
  const given = Object.entries(options).map(([key, value]) => `${keyText(key)}: ${valueText(value)}`)
  const fields = schema.fields.map((field) => `    ${keyText(field.name)}: ${zodText(field)}.nullable(),\n`)
  const typescript = declared
    ? `${kind}({ ${given.join(', ')}, schema: z.object({\n${fields.join('')}  }) })`
    : `${kind}({ ${given.join(', ')} })`
  const lines = [
    `kind: ${kind}`,
    ...Object.entries(options).map(([key, value]) => `${yamlKey(key)}: ${JSON.stringify(value)}`),
  ]
  if (declared) {
    lines.push(
      'schema:',
      ...schema.fields.map((field) => `  ${yamlKey(field.name)}: ${JSON.stringify(`${wordOf(field)}?`)}`),
    )
  }
  return { typescript, yaml: lines.join('\n') }
}

function zodText({ type, sees }: Field): string {
  switch (type.kind) {
    case 'boolean':
      return 'z.boolean()'
    case 'int':
      return sees === 'bigint' ? 'z.int64()' : 'z.int()'
    case 'float':
      return 'z.number()'
    case 'date':
      return 'z.iso.date()'
    case 'time':
      return 'z.iso.time()'
    case 'timestamp':
      return `timestamp({ unit: '${type.unit}'${type.zone === undefined ? '' : `, zone: '${type.zone}'`} })`
    case 'list':
      return `z.array(${zodText({ name: '', type: type.of, nullable: true })}.nullable())`
    case 'struct':
      return `z.object({ ${type.fields.map((field) => `${keyText(field.name)}: ${zodText(field)}.nullable()`).join(', ')} })`
    default:
      return 'z.string()'
  }
}

function wordOf({ type, sees }: Field): string {
  if (type.kind === 'int') return sees === 'bigint' ? 'int64' : 'int'
  if (type.kind === 'float') return 'number'
  if (type.kind === 'date') return 'day'
  if (type.kind === 'time') return 'time'
  return type.kind === 'list' ? `list<${wordOf({ name: '', type: type.of, nullable: true })}>` : nameOf(type)
}

function nameOf(type: LogicalType): string {
  return type.kind === 'struct' ? 'string' : typeName(type)
}

function valueText(value: PasteValue): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${keyText(key)}: ${valueText(inner as PasteValue)}`)
    .join(', ')} }`
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : valueText(name)
}

function yamlKey(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) && !/^(?:y|n|yes|no|true|false|on|off|null)$/i.test(name)
    ? name
    : JSON.stringify(name)
}
