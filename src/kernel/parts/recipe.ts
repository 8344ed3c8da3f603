import { hashJson } from '../hash/hash.ts'
import { schemaTypes, type TableSchema } from '../types.ts'
import type { PartRecord } from './record.ts'

/** Raised when the engine gives another meaning to what is recorded, so that nothing old is reused. */
export const semanticsEpoch = 1

/** What a record is made from: everything but the input (`base`), the part, and the identity of the input part. */
export function recipeOf(base: string, part: string, inputKey: string): string {
  return hashJson(['record', base, part, inputKey])
}

/** The recipe, and what was read beyond it. Records that read nothing beyond it are found by their recipe alone. */
export function keyOf(recipe: string, beyond: Pick<PartRecord, 'answers' | 'read'>): string {
  const plain =
    Object.keys(beyond.answers).length === 0 && beyond.read.now === undefined && beyond.read.seed === undefined
  return plain ? recipe : hashJson([recipe, beyond.answers, beyond.read])
}

/** Identity of what one part of a node's output holds: its content where it was kept, otherwise how it was made; and what the fold took away. */
export function outputIdentity(part: { readonly record: PartRecord; readonly condemned?: { readonly bits: string } }): {
  readonly key: string
  readonly content?: string
} {
  const { record, condemned } = part
  if (condemned === undefined)
    return { key: record.key, ...(record.data === undefined ? {} : { content: record.data.content }) }
  const without = (identity: string) => hashJson([identity, condemned.bits])
  return { key: without(record.key), ...(record.data === undefined ? {} : { content: without(record.data.content) }) }
}

/** Identity of a whole dataset, in part order. Its types count also where there are no rows to show them. */
export function datasetIdentity(
  parts: readonly { readonly id: string; readonly key: string; readonly content?: string }[],
  schema: TableSchema,
): { readonly key: string; readonly content?: string } {
  const types = schemaTypes(schema)
  const contents = parts.map((part) => part.content)
  const key = hashJson([types, parts.map((part) => [part.id, part.key])])
  return contents.includes(undefined) ? { key } : { key, content: hashJson([types, contents]) }
}

/** An input is unchanged if either the way it was made or its content matches. */
export function sameInput(record: PartRecord, input: { readonly key: string; readonly content?: string }): boolean {
  return record.input.key === input.key || (input.content !== undefined && record.input.content === input.content)
}
