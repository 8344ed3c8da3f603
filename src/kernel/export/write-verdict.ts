import type { RowVerdict } from '../../plugins/check.ts'
import type { Repair, RepairFunction, RepairVerdict } from '../../plugins/repair.ts'
import { madeBy } from '../define/made-by.ts'
import { madeRepair } from '../define/repair.ts'
import { isRepairVerdict } from '../gate/repair-plan.ts'
import { unwritten, type Writer, type Written } from './writer.ts'

/** `drop`, or `{ repair: { use: '@tidegate/checks#trim' }, otherwise: drop }`. */
export function writeVerdict(writer: Writer, verdict: RowVerdict | RepairVerdict, where: string): Written {
  if (!isRepairVerdict(verdict)) return verdict
  const one = (repair: unknown, at: string) => writeRepair(writer, repair as Repair | RepairFunction, at)
  const repair = Array.isArray(verdict.repair)
    ? writer.list(verdict.repair, `${where}.repair`, one)
    : one(verdict.repair, `${where}.repair`)
  if (repair === unwritten) return unwritten
  return { repair, ...(verdict.otherwise === undefined ? {} : { otherwise: verdict.otherwise }) }
}

function writeRepair(writer: Writer, repair: Repair | RepairFunction, where: string): Written {
  const ref = writer.exports.refOf(repair)
  if (typeof repair === 'function') return writer.value(repair, where)
  if (ref?.startsWith('.')) return ref
  const made = madeRepair(repair)
  const factory = made && writer.exports.functions.find(({ value }) => madeBy(value) === made.definition)
  if (made === undefined || factory === undefined)
    return writer.fault(
      where,
      `the repair ${repair.name} is made by no export of what the config imports`,
      'Move the repair itself into a module, export it, and import it from there.',
    )
  // JSON has no infinities: repairs that take them read their names.
  const write = (value: unknown, at: string) =>
    value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? String(value) : writer.value(value, at)
  const options = writer.entries(made.options, where, write)
  return options === unwritten ? unwritten : { use: factory.ref, ...(options as object) }
}
