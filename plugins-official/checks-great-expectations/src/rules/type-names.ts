import { type Field, typeName } from 'tidegate'
import type { Dialect } from '../suite/suite.ts'

type Kind =
  | 'int'
  | 'uint'
  | 'float'
  | 'text'
  | 'boolean'
  | 'instant'
  | 'date'
  | 'time'
  | 'decimal'
  | 'binary'
  | 'list'
  | 'struct'

/** A name of a type, in the words of Python, numpy, pandas, SQL or Spark: its kind, and how many bits it has room for. */
const names: Readonly<Record<string, readonly [Kind, number?]>> = {
  ...entries('int', 'int long int_ integer bigint longtype i8 <i8 int64', 64),
  ...entries('int', 'int32 i4 <i4 integertype', 32),
  ...entries('int', 'int16 i2 smallint shorttype', 16),
  ...entries('int', 'int8 i1 tinyint bytetype', 8),
  ...entries('uint', 'uint uint64', 64),
  ...entries('uint', 'uint32', 32),
  ...entries('uint', 'uint16', 16),
  ...entries('uint', 'uint8', 8),
  ...entries('float', 'float float_ float64 f8 <f8 double double_precision doubletype', 64),
  ...entries('float', 'float32 f4 real floattype', 32),
  ...entries('text', 'str string string_types str_ u object object_ o varchar char text stringtype string_'),
  ...entries('boolean', 'bool bool_ boolean booleantype'),
  ...entries(
    'instant',
    'datetime64 datetime64[ns] datetime64[us] datetime64[ms] datetime64[s] m8[ns] datetime timestamp timestamptype',
  ),
  ...entries('date', 'date datetype'),
  ...entries('time', 'time'),
  ...entries('decimal', 'decimal numeric decimaltype'),
  ...entries('binary', 'bytes binary blob binarytype'),
  ...entries('list', 'list array arraytype'),
  ...entries('struct', 'dict struct structtype'),
}

function entries(kind: Kind, words: string, bits?: number): Record<string, readonly [Kind, number?]> {
  return Object.fromEntries(words.split(' ').map((word) => [word, bits === undefined ? [kind] : [kind, bits]]))
}

export function isTypeName(name: string): boolean {
  return Object.hasOwn(names, name.toLowerCase())
}

function kindOf({ type }: Field): readonly [Kind, number?] {
  switch (type.kind) {
    case 'int':
      return [type.signed ? 'int' : 'uint', type.bits]
    case 'float':
      return ['float', type.bits]
    case 'null':
      return ['float', 8]
    case 'string':
      return ['text']
    case 'timestamp':
      return ['instant']
    default:
      return [type.kind]
  }
}

/** Whether a column is of a named type: the kind is the same, and its numbers have room in it. */
export function isOfType(field: Field, name: string): boolean {
  const [kind, bits = 64] = names[name.toLowerCase()] ?? []
  const [own, ownBits = 0] = kindOf(field)
  return own === kind && ownBits <= bits
}

/** The name of the column's type as results have it: that of numpy's scalar, `str` or `object_` for text. */
export function scalarName(field: Field, dialect: Dialect): string {
  const [kind, bits = 64] = kindOf(field)
  if (kind === 'int' || kind === 'uint' || kind === 'float') return `${kind}${field.type.kind === 'null' ? 64 : bits}`
  if (kind === 'text') return dialect === '0.18' ? 'object_' : 'str'
  if (kind === 'boolean') return dialect === '0.18' ? 'bool_' : 'bool'
  return kind === 'instant' ? 'datetime64' : typeName(field.type)
}

/** The name of the column's type as pandas writes it. */
export function dtypeName(field: Field): string {
  return field.type.kind === 'timestamp' ? `datetime64[${field.type.unit}]` : scalarName(field, '1')
}
