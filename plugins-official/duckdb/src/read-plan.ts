import { type Field, type LogicalType, sameType, type TableSchema } from 'tidegate'
import type { ReadPlan } from './column-reader.ts'
import { duckType, type Reading, readingOf } from './duck-types.ts'
import { quoteName } from './quote.ts'

/** A column of a query's result, before anything is read. */
export interface ResultColumn {
  readonly name: string
  /** As DuckDB writes it. */
  readonly duck: string
}

export interface QueryPlan {
  readonly sql: string
  readonly columns: readonly ReadPlan[]
}

export function schemaOfResult(columns: readonly ResultColumn[]): TableSchema {
  return { fields: columns.map(({ name, duck }) => ({ name, type: readingOf(duck).type, nullable: true })) }
}

/**
 * The query that gives what the bridge can read. With a schema its columns come in its order and, where that is exact, as its types: integers of
 * other widths (a value out of range fails), wider numbers, finer times. What is not exact keeps its own type.
 */
export function planQuery(sql: string, result: readonly ResultColumn[], schema: TableSchema | undefined): QueryPlan {
  const columns: ReadPlan[] = []
  const items: string[] = []
  let plain = true
  for (const { name, reading, wanted } of ordered(result, schema)) {
    const target = wanted === undefined ? undefined : exactTarget(reading.type, wanted.type)
    const cast = target?.cast ?? reading.as
    let item = quoteName(name)
    if (reading.through !== undefined) item = `${reading.through}(${item})`
    if (cast !== undefined) item = `CAST(${item} AS ${cast})`
    plain &&= item === quoteName(name)
    items.push(item === quoteName(name) ? item : `${item} AS ${quoteName(name)}`)
    const type = target?.type ?? reading.type
    const field: Field = wanted === undefined ? { name, type, nullable: true } : { ...wanted, type }
    columns.push({ field, from: target?.cast !== undefined || target === undefined ? type : reading.type })
  }
  const sameOrder =
    columns.length === result.length && columns.every((column, i) => column.field.name === result[i]?.name)
  return { sql: plain && sameOrder ? sql : `SELECT ${items.join(', ')} FROM (${withoutEnd(sql)})`, columns }
}

function ordered(
  result: readonly ResultColumn[],
  schema: TableSchema | undefined,
): { name: string; reading: Reading; wanted: Field | undefined }[] {
  const all = result.map(({ name, duck }) => ({
    name,
    reading: readingOf(duck),
    wanted: schema?.fields.find((field) => field.name === name),
  }))
  if (schema === undefined) return all
  return schema.fields.flatMap((field) => all.filter((column) => column.name === field.name))
}

/** How `from` becomes `to` without loss: by a cast in the query, by rescaling here (no cast), or not at all. */
function exactTarget(
  from: LogicalType,
  to: LogicalType,
): { readonly type: LogicalType; readonly cast?: string } | undefined {
  if (sameType(from, to)) return { type: to }
  if (to.kind === 'null') return { type: to }
  if (from.kind === 'int' && to.kind === 'int') return { type: to, cast: duckType(to) }
  if (from.kind === 'int' && to.kind === 'float' && from.bits <= (to.bits === 64 ? 32 : 16))
    return { type: to, cast: duckType(to) }
  if (from.kind === 'float' && to.kind === 'float' && to.bits === 64) return { type: to, cast: 'DOUBLE' }
  if (from.kind === 'decimal' && to.kind === 'int' && from.scale === 0) return { type: to, cast: duckType(to) }
  if (
    from.kind === 'decimal' &&
    to.kind === 'decimal' &&
    to.scale >= from.scale &&
    to.precision - to.scale >= from.precision - from.scale
  ) {
    return { type: to, cast: duckType(to) }
  }
  if (from.kind === 'time' && to.kind === 'time') return { type: to }
  // The name of a zone is how an instant is shown; DuckDB keeps none.
  if (from.kind === 'timestamp' && to.kind === 'timestamp' && (from.zone === undefined) === (to.zone === undefined))
    return { type: to }
  return undefined
}

/** A query that is wrapped may end in semicolons and comments, but not inside the brackets. */
export function withoutEnd(sql: string): string {
  return `${sql.replace(/(?:\s|;|--[^\n'"]*(?:\n|$)|\/\*[^'"]*?\*\/)+$/, '')}\n`
}
