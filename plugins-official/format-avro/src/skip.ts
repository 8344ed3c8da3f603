import { type Cursor, pass, readItems, readLength, readLong, readNumber } from './cursor.ts'
import type { AvroType } from './schema.ts'

const deepest = 256

/** Moves over a value of any type, also of one that cannot be read. */
export function skipValue(type: AvroType, c: Cursor, depth = 0): void {
  if (depth > deepest) c.fail(`values are nested deeper than ${deepest} levels`)
  switch (type.kind) {
    case 'null':
      return
    case 'boolean':
      pass(c, 1)
      return
    case 'int':
    case 'long':
    case 'enum':
      readLong(c)
      if (c.at > c.end) c.fail('it ends in the middle of a value')
      return
    case 'float':
      pass(c, 4)
      return
    case 'double':
      pass(c, 8)
      return
    case 'bytes':
    case 'string':
      pass(c, readLength(c))
      return
    case 'fixed':
      pass(c, type.size)
      return
    case 'record':
      for (const field of type.fields) skipValue(field.type, c, depth + 1)
      return
    case 'union':
      skipValue(branchOf(type.branches, c), c, depth + 1)
      return
    case 'array':
    case 'map':
      skipItems(type, c, depth)
  }
}

function skipItems(type: Extract<AvroType, { kind: 'array' | 'map' }>, c: Cursor, depth: number): void {
  const least = type.kind === 'map' ? 1 : leastBytes(type.items)
  for (let n = readItems(c, least); n > 0; n = readItems(c, least)) {
    for (let i = 0; i < n; i++) {
      if (type.kind === 'map') pass(c, readLength(c))
      skipValue(type.kind === 'map' ? type.values : type.items, c, depth + 1)
    }
  }
}

/** The branch of a union that comes next. */
export function branchOf<T>(branches: readonly T[], c: Cursor): T {
  const index = readNumber(c)
  return branches[index] ?? c.fail(`it names branch ${index} of a union of ${branches.length}`)
}

/** Bytes that a value takes at least; a bound, so that recursion may end it at any point. */
export function leastBytes(type: AvroType, within: readonly AvroType[] = []): number {
  if (within.length > 8 || within.includes(type)) return 0
  switch (type.kind) {
    case 'null':
      return 0
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return type.size
    case 'record':
      return type.fields.reduce((sum, field) => sum + leastBytes(field.type, [...within, type]), 0)
    default:
      return 1
  }
}
