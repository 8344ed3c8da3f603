import { z } from 'zod'
import { binary, decimal, int8, int16, timestamp, uint8, uint16 } from '../schema/zod-types.ts'
import type { TimeUnit } from '../types.ts'

/** The type words of schemas in YAML and JSON. A `?` behind one makes the column nullable. */
const words: Readonly<Record<string, () => z.ZodType>> = {
  string: () => z.string(),
  boolean: () => z.boolean(),
  int: () => z.int(),
  number: () => z.number(),
  int8,
  int16,
  int32: () => z.int32(),
  int64: () => z.int64(),
  uint8,
  uint16,
  uint32: () => z.uint32(),
  uint64: () => z.uint64(),
  float32: () => z.float32(),
  float64: () => z.float64(),
  date: () => z.date(),
  day: () => z.iso.date(),
  time: () => z.iso.time(),
  timestamp: () => timestamp(),
  binary,
}

export const typeWords = [
  ...Object.keys(words),
  'decimal(p, s)',
  'timestamp(unit, zone)',
  'list<type>',
  'a list of texts',
]

/** The schema of one column as a word (`int32`, `string?`, `decimal(18, 2)`, `list<string>`) or a list of allowed texts; undefined for anything else. */
export function columnSchema(given: unknown): z.ZodType | undefined {
  if (Array.isArray(given)) return texts(given)
  if (typeof given !== 'string') return undefined
  const text = given.trim()
  if (text.endsWith('?')) return columnSchema(text.slice(0, -1))?.nullable()
  const list = /^list<(.+)>$/.exec(text)
  if (list) return columnSchema(list[1])?.array()
  const [, word = '', inside] = /^(\w+)(?:\(([^)]*)\))?$/.exec(text) ?? []
  if (inside === undefined) return Object.hasOwn(words, word) ? words[word]?.() : undefined
  const [first = '', second] = inside.split(',').map((part) => part.trim())
  if (word === 'decimal') return decimal(Number(first), Number(second ?? 0))
  if (word !== 'timestamp' || !['s', 'ms', 'us', 'ns'].includes(first)) return undefined
  return timestamp({ unit: first as TimeUnit, ...(second === undefined ? {} : { zone: second }) })
}

function texts(given: readonly unknown[]): z.ZodType | undefined {
  const [first, ...more] = given.filter((value) => typeof value === 'string')
  return first === undefined || more.length + 1 < given.length ? undefined : z.enum([first, ...more])
}
