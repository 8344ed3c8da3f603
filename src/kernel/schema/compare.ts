import { conversion, type Level, worst } from '../columns/conversion.ts'
import { type Field, type TableSchema, typeName } from '../types.ts'

export interface SchemaChange {
  readonly column: string
  readonly kind: 'missing' | 'surplus' | 'type' | 'seen'
  readonly level: Level
  /** The change in words, a full sentence. */
  readonly text: string
}

export interface SchemaComparison {
  readonly level: Level
  readonly changes: readonly SchemaChange[]
}

/**
 * How a table of schema `from` is read through `to`, with the worst level of all columns. The order of columns does not matter. `nullable` of
 * `from` does not count either: file formats set it for nearly everything, so absent values are judged when they are met, not by the flag.
 */
export function compareSchemas(from: TableSchema, to: TableSchema): SchemaComparison {
  const changes: SchemaChange[] = []
  for (const field of to.fields) {
    const old = from.fields.find(({ name }) => name === field.name)
    const change = old === undefined ? missing(field) : changed(old, field)
    if (change !== undefined) changes.push(change)
  }
  for (const { name } of from.fields) {
    if (to.fields.some((field) => field.name === name)) continue
    changes.push({
      column: name,
      kind: 'surplus',
      level: 'compatible',
      text: `Column "${name}" is not declared and is ignored.`,
    })
  }
  return { level: worst(changes.map(({ level }) => level)), changes }
}

function missing({ name, type, nullable, fallback }: Field): SchemaChange {
  const change = { column: name, kind: 'missing' } as const
  if (fallback !== undefined) {
    return {
      ...change,
      level: 'compatible',
      text: `Column "${name}" is missing and is read as ${JSON.stringify(fallback)}.`,
    }
  }
  if (nullable) return { ...change, level: 'compatible', text: `Column "${name}" is missing and is read as null.` }
  return {
    ...change,
    level: 'incompatible',
    text: `Column "${name}" (${typeName(type)}) is missing and may not be null.`,
  }
}

function changed(old: Field, { name, type, sees }: Field): SchemaChange | undefined {
  const level = conversion(old.type, type)
  const read = `Column "${name}" is ${typeName(old.type)}`
  switch (level) {
    case 'exact':
      if (old.sees !== 'bigint' || sees === 'bigint') return undefined
      return {
        column: name,
        kind: 'seen',
        level: 'convertible',
        text: `${read} seen as bigint and is seen as number: each value is checked against 2^53.`,
      }
    case 'compatible':
      return {
        column: name,
        kind: 'type',
        level,
        text: `${read} and is read as ${typeName(type)}, which holds all its values.`,
      }
    case 'convertible':
      return {
        column: name,
        kind: 'type',
        level,
        text: `${read} and is read as ${typeName(type)}: each value is checked.`,
      }
    case 'incompatible':
      return { column: name, kind: 'type', level, text: `${read} and cannot be read as ${typeName(type)}.` }
  }
}
