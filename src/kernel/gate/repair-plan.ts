import { type Check, type RowVerdict, rowVerdicts, type Severity } from '../../plugins/check.ts'
import type { MendCells, Repair, RepairFunction, RepairVerdict } from '../../plugins/repair.ts'
import { toArray } from '../columns/to-array.ts'

export function isRepair(value: unknown): value is Repair {
  return typeof value === 'object' && value !== null && (value as { readonly point?: unknown }).point === 'repair'
}

export function isRepairVerdict(verdict: unknown): verdict is RepairVerdict {
  return typeof verdict === 'object' && verdict !== null && 'repair' in verdict
}

/** The repairs of a verdict in their order, functions among them as repairs; none of a plain verdict. */
export function repairsOf(verdict: RowVerdict | RepairVerdict | undefined): readonly Repair[] {
  if (!isRepairVerdict(verdict)) return []
  const listed = Array.isArray(verdict.repair) ? verdict.repair : [verdict.repair]
  return listed.map((one: Repair | RepairFunction) => (typeof one === 'function' ? functionRepair(one) : one))
}

/** What a row gets that fails the check still, or fails it without a repair. */
export function verdictAfter(
  verdict: RowVerdict | RepairVerdict | undefined,
  severity: Severity | undefined,
): RowVerdict | undefined {
  if (!isRepairVerdict(verdict)) return verdict
  return verdict.otherwise ?? (severity === undefined || severity === 'error' ? 'quarantine' : 'warn')
}

/** What of the repairs of a verdict is part of the recipe; their code is besides. */
export function repairIngredients(verdict: RowVerdict | RepairVerdict | undefined): unknown {
  return repairsOf(verdict).map(({ name, version, parameters, columns }) => [
    name,
    version,
    parameters,
    columns ?? null,
  ])
}

/** `otherwise` as it stands for people: `repair: trim(), upperCase(), otherwise quarantine`. */
export function showVerdict(verdict: RowVerdict | RepairVerdict): string {
  if (!isRepairVerdict(verdict)) return verdict
  const names = repairsOf(verdict).map(({ name }) => name)
  return `repair ${names.join(', ')}${verdict.otherwise === undefined ? '' : `, otherwise ${verdict.otherwise}`}`
}

/** What is wrong with a repair as the verdict of a check. */
export function repairFaults(
  { name, columns, rule }: Check,
  verdict: RepairVerdict,
): readonly { readonly message: string; readonly hint: string }[] {
  if (rule.scope !== 'row') {
    const why =
      rule.scope === 'dataset'
        ? 'it names no rows'
        : 'which rows it condemns is decided over the whole dataset, after repairs'
    return [
      {
        message: `${name} has a repair as its verdict, but ${why}`,
        hint: 'Repairs belong to rules about single rows.',
      },
    ]
  }
  const faults: { message: string; hint: string }[] = []
  const add = (message: string, hint: string) => faults.push({ message: `${name}: ${message}`, hint })
  const { repair, otherwise, ...more } = verdict
  const listed: readonly unknown[] = Array.isArray(repair) ? repair : [repair]
  if (listed.length === 0) add('the list of repairs is empty', 'Name at least one repair, or give it a plain verdict.')
  for (const one of listed) {
    if (typeof one !== 'function' && !isRepair(one))
      add(
        `${JSON.stringify(one) ?? String(one)} is no repair`,
        'Give what a repair such as trim() returned, or a function (value, row) => value.',
      )
    else if (columns.length === 0 && (typeof one === 'function' || one.columns === undefined))
      add(
        'it names no columns for the repair to mend',
        'Give the repair its columns, as in trim({ columns: ["code"] }).',
      )
  }
  if (otherwise !== undefined && !(rowVerdicts as readonly unknown[]).includes(otherwise))
    add(`what rows get that fail after the repair is "${String(otherwise)}"`, `Use one of ${rowVerdicts.join(', ')}.`)
  for (const key of Object.keys(more))
    add(`unknown option "${key}" of a repair`, 'A verdict that repairs has repair and otherwise.')
  return faults
}

function functionRepair(given: RepairFunction): Repair {
  const mend = given as (value: unknown, row?: unknown) => unknown
  const reads = mend.length === 1 ? ('cell' as const) : ('row' as const)
  return Object.freeze<Repair>({
    point: 'repair',
    name: mend.name === '' || mend.name === 'repair' ? 'function' : mend.name,
    version: 1,
    parameters: null,
    reads,
    code: [mend],
    compile: () => (reads === 'cell' ? (cells) => toArray(cells).map((value) => mend(value)) : byRow(mend)),
  })
}

/** Calls `mend` with each cell and its row. There is one row object for all rows, which reads a cell when it is asked for. */
export function byRow(mend: (value: unknown, row: unknown) => unknown): MendCells {
  return (cells, batch, rows) => {
    let at = 0
    const row = Object.defineProperties(
      {},
      Object.fromEntries(
        batch.schema.fields.map(({ name }, index) => [
          name,
          { enumerable: true, get: () => batch.columns[index]?.at(rows[at] as number) ?? null },
        ]),
      ),
    )
    const out: unknown[] = []
    for (at = 0; at < rows.length; at++) out.push(mend(cells.at(at), row))
    return out
  }
}
