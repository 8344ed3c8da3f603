import type { MendCells, Repair } from '../../plugins/repair.ts'
import { type Bits, hasBit, rowsSet } from '../bits.ts'
import type { Batch } from '../columns/batch.ts'
import { buildColumn } from '../columns/build.ts'
import { type Column, isColumn } from '../columns/column.ts'
import { inferColumn } from '../columns/infer.ts'
import { differingRows, replaceCells } from '../columns/replace.ts'
import { toArray } from '../columns/to-array.ts'
import type { Where } from '../columns/where.ts'
import { isTidegateError, TidegateError } from '../errors.ts'
import { compareText } from '../group/compare.ts'
import { didYouMean } from '../nearest.ts'
import { type Field, type TableSchema, typeName } from '../types.ts'

/** A check whose verdict is a repair. */
export interface RepairingRule {
  /** Index among the row rules of the gate. */
  readonly rule: number
  readonly check: string
  readonly columns: readonly string[]
  readonly repairs: readonly Repair[]
}

/** One repair of one column: which rows it changed, and how. */
export interface Edit {
  readonly check: string
  readonly repair: string
  readonly column: number
  /** Ascending; cell i of both columns is that of row `rows[i]`. */
  readonly rows: Int32Array
  readonly before: Column
  readonly after: Column
}

export interface Mended {
  /** All rows, repaired. */
  readonly batch: Batch
  /** In the order in which repairs compose. */
  readonly edits: readonly Edit[]
}

export interface Repairer {
  /** `batch` holds the rows to be repaired, `failing` says by rule which of them failed; `rowOf` numbers them for messages. */
  mend(batch: Batch, failing: (rule: number) => Bits | undefined, rowOf: (row: number) => number): Mended
}

interface Bound {
  readonly rule: RepairingRule
  readonly repair: Repair
  readonly column: number
  readonly field: Field
  readonly mend: MendCells
}

/** The order in which repairs compose, in which the order of rules has no part: by name of the check (code points), and within a check as listed. */
export function inOrder(rules: readonly RepairingRule[]): readonly RepairingRule[] {
  return [...rules].sort((a, b) => compareText(a.check, b.check))
}

/**
 * Repairs of all checks on the rows as they came. `rules` stand in their order (`inOrder`). Where several mend one cell, each takes up what the one before it has made of it; what they see of other cells is as it came.
 */
export function createRepairer(node: string, rules: readonly RepairingRule[]): Repairer {
  const known = new WeakMap<TableSchema, readonly Bound[]>()
  const bindTo = (schema: TableSchema) => {
    const found = known.get(schema) ?? rules.flatMap((rule) => bindRepairs(node, rule, schema))
    known.set(schema, found)
    return found
  }
  return {
    mend(batch, failing, rowOf) {
      const columns = [...batch.columns]
      const edits: Edit[] = []
      for (const { rule, repair, column, field, mend } of bindTo(batch.schema)) {
        const bits = failing(rule.rule)
        const rows = bits === undefined ? new Int32Array(0) : rowsSet(bits, batch.length)
        if (rows.length === 0) continue
        const current = columns[column] as Column
        const before = rows.length === batch.length ? current : current.take(rows)
        const where = { column: field.name, meta: field.meta, rowOf: (i: number) => rowOf(rows[i] as number) }
        const after = guarded(node, rule.check, repair, where, () =>
          held(field, before, mend(before, batch, rows), where, repair),
        )
        const changed = differingRows(before, after)
        if (changed.length === 0) continue
        const edit = {
          check: rule.check,
          repair: repair.name,
          column,
          rows: changed.map((i) => rows[i] as number),
          before: before.take(changed),
          after: after.take(changed),
        }
        edits.push(edit)
        columns[column] = replaceCells(current, edit.rows, edit.after)
      }
      return { batch: edits.length === 0 ? batch : reshaped(batch, columns), edits }
    },
  }
}

const shapes = new WeakMap<TableSchema, Map<string, TableSchema>>()

/** The batch with other columns. Its schema is the same object unless a column has got its first type, or `emptied` names one that is not nullable. */
export function reshaped({ schema, length }: Batch, columns: readonly Column[], emptied?: ReadonlySet<number>): Batch {
  const changes = schema.fields.flatMap((field, i): [number, Field][] => {
    const { type } = columns[i] as Column
    const nullable = field.nullable || emptied?.has(i) === true
    return field.type.kind === type.kind && nullable === field.nullable ? [] : [[i, { ...field, type, nullable }]]
  })
  if (changes.length === 0) return { schema, length, columns }
  const own = shapes.get(schema) ?? new Map<string, TableSchema>()
  shapes.set(schema, own)
  const key = JSON.stringify(changes)
  const changed = new Map(changes)
  const shape = own.get(key) ?? { fields: schema.fields.map((field, i) => changed.get(i) ?? field) }
  own.set(key, shape)
  return { schema: shape, length, columns }
}

/** The repairs of one check for a schema, in their order. Throws `COLUMN_MISSING` and `SCHEMA_MISMATCH` where they do not fit it. */
export function bindRepairs(node: string, rule: RepairingRule, schema: TableSchema): readonly Bound[] {
  return rule.repairs.flatMap((repair) =>
    (repair.columns ?? rule.columns).map((name): Bound => {
      const column = schema.fields.findIndex((field) => field.name === name)
      const field = schema.fields[column]
      if (field === undefined) {
        const names = schema.fields.map((one) => one.name)
        throw new TidegateError(
          'COLUMN_MISSING',
          `Node "${node}", check ${rule.check}: ${repair.name} repairs the column "${name}", which is not there`,
          {
            hint: didYouMean(name, names) ?? `The columns are ${names.join(', ')}.`,
            data: { node, check: rule.check, column: name },
          },
        )
      }
      const mend = guarded(node, rule.check, repair, { node, column: name }, () => repair.compile(field, schema))
      return { rule, repair, column, field, mend }
    }),
  )
}

/** The cells that a repair gave, as a column of the field's type. A column of nothing but absent values takes the type of the first real one. */
function held(
  field: Field,
  before: Column,
  given: Column | ArrayLike<unknown>,
  where: Where,
  { name }: Repair,
): Column {
  if (given.length !== before.length)
    throw broken(`gave ${given.length} cells for ${before.length}`, 'Give one cell for each row, in their order.')
  if (isColumn(given) && given.type.kind !== 'null') {
    if (typeName(given.type) === typeName(field.type) || field.type.kind === 'null') return given
    throw broken(
      `gave ${typeName(given.type)}, but "${field.name}" is ${typeName(field.type)}, and a column keeps its type`,
      'Give values of that type, or change the type in a step.',
    )
  }
  const values = isColumn(given) ? toArray(given) : given
  return field.type.kind === 'null' ? inferColumn(values, where) : buildColumn(field.type, values, where, field.sees)

  function broken(fact: string, hint: string): TidegateError {
    return new TidegateError('REPAIR_FAILED', `${name} ${fact}`, { hint, data: { column: field.name, repair: name } })
  }
}

/** What the code of a repair throws, or gives that its column cannot hold, names node, check and repair. */
function guarded<T>(node: string, check: string, { name }: Repair, { column, meta }: Where, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    const own = isTidegateError(cause)
    const hidden = meta?.tags !== undefined && meta.tags.length > 0 && !own
    const why = hidden
      ? `threw (hidden: ${meta.tags.join(', ')})`
      : cause instanceof Error
        ? cause.message
        : String(cause)
    const code =
      own && (cause.code === 'COLUMN_MISSING' || cause.code === 'SCHEMA_MISMATCH') && !isValue(cause)
        ? cause.code
        : 'REPAIR_FAILED'
    throw new TidegateError(code, `Node "${node}", check ${check}: the repair ${name} of "${column}": ${why}`, {
      hint:
        (own ? cause.hint : undefined) ??
        'A repair gives a value of the type of its column, or null, for every cell that fails, also for null and unexpected values.',
      data: { ...(own ? cause.data : {}), node, check, repair: name, column },
      // Causes are shown to people too.
      ...(hidden ? {} : { cause }),
    })
  }
}

/** Whether an error is about a value, found while data was repaired. */
function isValue({ data }: TidegateError): boolean {
  return 'row' in data || 'rows' in data
}

/** The names of the repairs that a row was given, whether they changed it or not, in their order. */
export function triedOn(
  rules: readonly RepairingRule[],
  row: number,
  failing: (rule: number) => Bits | undefined,
): readonly string[] {
  return rules.flatMap(({ rule, repairs }) => {
    const bits = failing(rule)
    return bits !== undefined && hasBit(bits, row) ? repairs.map(({ name }) => name) : []
  })
}
