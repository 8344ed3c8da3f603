import type { Batch } from '../../../kernel/columns/batch.ts'
import { type Column, isValid } from '../../../kernel/columns/column.ts'
import { TidegateError } from '../../../kernel/errors.ts'
import { keyHashes } from '../../../kernel/hash/row-hashes.ts'
import { columnIndex } from '../../../kernel/measures/resolve.ts'
import type { TableSchema } from '../../../kernel/types.ts'
import type { CondemningRule } from '../../check.ts'
import { described } from '../../predicate.ts'
import { createCheck } from './row-check.ts'
import type { UniqueFn } from './signatures.ts'
import { condemnRepeated } from './unique-fold.ts'
import { uniqueInMemory } from './unique-in-memory.ts'

/**
 * No two rows of the dataset have the same values in `columns`. With `lose: 'all'` (default) every row of a repeated key fails, with `'later'`
 * all but the first in part and row order. A row with a null among the columns passes; -0 equals 0, NaN equals NaN. Keys are compared by
 * 128-bit hashes: two different keys of a billion agree by chance with a probability below 1e-20. Where all rows are in memory (`validate`), by themselves.
 */
export const unique = ((given, options = {}) => {
  const columns: readonly string[] = typeof given === 'string' ? [given] : given
  const { lose = 'all', ...rest } = options
  const name = `unique(${columns.join(', ')}${lose === 'later' ? ', lose: later' : ''})`
  if (columns.length === 0 || (lose !== 'all' && lose !== 'later')) {
    throw new TidegateError(
      'CONFIG_INVALID',
      `${name}: ${columns.length === 0 ? 'no column is named' : `lose is "${String(lose)}"`}.`,
      {
        hint: "Name at least one column; lose is 'all' or 'later'.",
        data: { columns, lose },
      },
    )
  }
  const rule: CondemningRule = {
    scope: 'condemning',
    version: 1,
    collect: (schema) => createCollector(schema, columns, name),
    condemn: async (parts) => ({ rows: await condemnRepeated(parts, lose, name) }),
    inMemory: (schema) => uniqueInMemory(schema, columns, lose, name),
  }
  described(rule, { condemns: { is: 'repeated', columns, lose, absent: 'passes' } })
  return createCheck(name, columns, { columns, lose }, rest, rule)
}) as UniqueFn

/** The partial of a part: 16 bytes a row, the key's hash, or zeros where the key has a null. */
function createCollector(schema: TableSchema, columns: readonly string[], name: string) {
  const indexes = columns.map((column) => columnIndex(schema, column, name))
  const pieces: Uint8Array[] = []
  return {
    add(batch: Batch): void {
      const keys = indexes.map((index) => batch.columns[index] as Column)
      const hashes = keyHashes(keys)
      for (const key of keys) clearAbsent(hashes, key)
      pieces.push(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength))
    },
    finish(): Uint8Array {
      const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
      let at = 0
      for (const piece of pieces) {
        all.set(piece, at)
        at += piece.length
      }
      return all
    },
  }
}

function clearAbsent(hashes: Uint32Array, key: Column): void {
  if (key.type.kind === 'null') hashes.fill(0)
  if (key.nullCount === 0) return
  for (let row = 0; row < key.length; row++) if (!isValid(key.validity, row)) hashes.fill(0, 4 * row, 4 * row + 4)
}
