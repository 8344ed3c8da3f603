import { buildColumn, type Column, defineRepair, type Field, types } from 'tidegate'
import { z } from 'zod'
import { cellKey } from '../cell-key.ts'
import { absent, type Choice, keep, pick, replacements } from './pick.ts'

/** What a cell can be set to by a literal: dates and times in epoch milliseconds, UTC. */
type Literal = string | number | boolean
const literal = z.union([z.string(), z.number(), z.boolean()])

/** Absent cells become `value`. */
export const defaultTo = defineRepair({
  name: 'defaultTo',
  options: z.object({ value: literal }),
  arguments: ['value'],
  column(field, { value }) {
    const other = replacementFor(field, value)
    return (cells) =>
      pick(
        field,
        cells,
        other,
        choices(cells, (cell) => (cell === null ? 0 : keep)),
      )
  },
})

/** Cells become `value`, whatever they hold. */
export const setTo = defineRepair({
  name: 'setTo',
  options: z.object({ value: literal }),
  arguments: ['value'],
  column(field, { value }) {
    const other = replacementFor(field, value)
    return (cells) => other.take(new Int32Array(cells.length))
  },
})

/** Cells become absent, whatever they hold. Where the column must not be empty, that is a violation of its own. */
export const nullify = defineRepair({
  name: 'nullify',
  column: () => (cells) => cells.take(new Int32Array(cells.length).fill(-1)),
})

/**
 * Cells that are keys of the map become what it says, null makes them absent; all others stay. A plain object maps text; a list of pairs any values:
 * `replace([[-1, null], [999, null]])`. Numbers are compared by value, text by code points.
 */
export const replace = defineRepair({
  name: 'replace',
  options: z.object({
    map: z.union([z.record(z.string(), literal.nullable()), z.array(z.tuple([literal, literal.nullable()]))]),
  }),
  arguments: ['map'],
  column(field, { map }) {
    const pairs = Array.isArray(map) ? map : Object.entries(map)
    const targets = pairs.flatMap(([, to]) => (to === null ? [] : [to]))
    const others =
      field.type.kind === 'null' ? buildColumn(types.null, [], { column: field.name }) : replacements(field, targets)
    const places = new Map<string | number | bigint | boolean, number>()
    let next = 0
    for (const [from, to] of pairs) places.set(keyOf(from), to === null ? absent : next++)
    return (cells) =>
      pick(
        field,
        cells,
        others,
        choices(cells, (cell) => (cell === null ? keep : (places.get(keyOf(cell)) ?? keep))),
      )
  },
})

function keyOf(cell: unknown): string | number | bigint | boolean {
  return cellKey(cell as Literal | bigint) as string | number | bigint | boolean
}

/** The one cell that stands for all; a column of nothing but absent cells takes its type from it. */
function replacementFor(field: Field, value: Literal): Column {
  if (field.type.kind !== 'null') return replacements(field, [value])
  const type = typeof value === 'number' ? types.float64 : typeof value === 'boolean' ? types.boolean : types.string
  return buildColumn(type, [value], { column: field.name })
}

function choices(cells: Column, choose: (cell: unknown) => number): Choice {
  const choice = new Int32Array(cells.length)
  for (let i = 0; i < choice.length; i++) choice[i] = choose(cells.at(i))
  return choice
}
