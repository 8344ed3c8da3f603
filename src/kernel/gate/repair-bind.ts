import type { ColumnLineage } from '../../plugins/step-kind.ts'
import { TidegateError } from '../errors.ts'
import type { TableSchema } from '../types.ts'
import type { GatePlan } from './gate-plan.ts'
import { repairsOf } from './repair-plan.ts'
import { bindRepairs, type RepairingRule } from './repair-rows.ts'

/**
 * Binds all repairs of a gate to the schema of its node, before data is read. `keys` are the columns by which a roll-up is sorted and divided: a
 * repair would change them behind its back. Throws `COLUMN_MISSING`, `SCHEMA_MISMATCH` and `CONFIG_INVALID`.
 */
export function bindGateRepairs(node: string, plan: GatePlan, schema: TableSchema, keys: readonly string[]): void {
  for (const rule of repairingRules(plan)) {
    for (const { repair, field } of bindRepairs(node, rule, schema)) {
      if (!keys.includes(field.name)) continue
      throw new TidegateError(
        'CONFIG_INVALID',
        `Node "${node}", check ${rule.check}: ${repair.name} would repair "${field.name}", a key of the roll-up`,
        {
          hint: 'Repair the column in a step before the roll-up, so that equal keys fall together.',
          data: { node, check: rule.check, column: field.name },
        },
      )
    }
  }
}

/** Column lineage with repairs: a repaired column is derived, and one whose repair looks at the whole row comes from all that the row comes from. */
export function withRepairs(lineage: readonly ColumnLineage[], plan: GatePlan): readonly ColumnLineage[] {
  const mended = new Map<string, string[]>()
  const opaque = new Set<string>()
  for (const { columns, repairs } of repairingRules(plan))
    for (const repair of repairs)
      for (const column of repair.columns ?? columns) {
        mended.set(column, [...(mended.get(column) ?? []), repair.name])
        if (repair.reads === 'row') opaque.add(column)
      }
  if (mended.size === 0) return lineage
  const all = new Map(
    lineage.flatMap(({ sources }) => sources.map((source) => [JSON.stringify([source.input, source.column]), source])),
  )
  return lineage.map((one): ColumnLineage => {
    if (opaque.has(one.column)) return { column: one.column, sources: [...all.values()], how: 'opaque' }
    const names = mended.get(one.column)
    if (names === undefined || one.how === 'opaque') return one
    const told = `where checks failed: ${[...new Set(names)].join(', ')}`
    return { ...one, how: 'derived', expression: one.expression === undefined ? told : `${one.expression}; ${told}` }
  })
}

function repairingRules(plan: GatePlan): readonly RepairingRule[] {
  return plan.checks.flatMap(({ check }, rule) => {
    const repairs = check.rule.scope === 'row' ? repairsOf(check.verdict) : []
    return repairs.length === 0 ? [] : [{ rule, check: check.name, columns: check.columns, repairs }]
  })
}
