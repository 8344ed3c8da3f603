import { z } from 'zod'
import { type Check, type RowVerdict, rowVerdicts, severities, type Threshold } from '../../plugins/check.ts'
import { type Fault, pathText } from '../boot/fault.ts'
import { serviceFaults } from '../boot/option-services.ts'
import { validateOptions } from '../boot/validate-options.ts'
import { deadlineOption } from '../deadline/deadline-option.ts'
import { millisecondsOf } from '../define/units.ts'
import { isRepairVerdict, repairFaults } from '../gate/repair-plan.ts'
import { type Node, type NodeOptions, nodeOptionNames, specOf } from '../node.ts'
import { thresholdFault } from '../threshold.ts'

function isCheck(value: unknown): value is Check {
  return typeof value === 'object' && value !== null && 'rule' in value && 'name' in value
}

const check = z.custom<Check>(isCheck, {
  error: ({ input }) =>
    typeof input === 'function'
      ? "expected a check, got a function: call it, as in notNull('origin')"
      : "expected a check such as notNull('origin')",
})

const duration = z
  .string()
  .refine((text) => millisecondsOf(text) !== undefined, 'expected a length of time such as "30s" or "5 min"')

const threshold = (plain: 'share' | 'rows') =>
  z.custom<Threshold>((value) => thresholdFault(value, plain) === undefined, {
    error: ({ input }) => `this threshold ${thresholdFault(input, plain)}`,
  })

const nodeOptions = z.object({
  expect: z.array(check).optional(),
  otherwise: z
    .custom<RowVerdict>((value) => (rowVerdicts as readonly unknown[]).includes(value), {
      error: ({ input }) =>
        isRepairVerdict(input)
          ? 'a repair is the verdict of a check, whose columns it mends: write it there, as in matches(..., { verdict: { repair } })'
          : `expected ${rowVerdicts.map((verdict) => JSON.stringify(verdict)).join(' or ')}`,
    })
    .optional(),
  atLeast: threshold('share').optional(),
  atMost: threshold('rows').optional(),
  key: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  keep: z
    .custom<'auto' | true>(
      (value) => value === 'auto' || value === true,
      'expected "auto" (rows are written where something needs them standing still) or true',
    )
    .optional(),
  version: z.string().min(1).optional(),
  stable: z.boolean().optional(),
  retry: z.object({ attempts: z.int().min(1), backoff: z.number().positive().optional() }).optional(),
  timeout: duration.optional(),
  deadline: deadlineOption.optional(),
  renamedFrom: z.string().min(1).optional(),
  onRemoved: z.enum(['remove', 'retain', 'halt']).optional(),
  allowVanishing: z.boolean().optional(),
  rehearse: z.boolean().optional(),
} satisfies Record<keyof NodeOptions, z.ZodType>)

export const wiringNames = ['from', 'with', 'schema', ...nodeOptionNames]

/** Everything that is wrong with the options of one node: those of its kind, and those that every node takes. */
export function validateNode(node: Node, where: string): Fault[] {
  const { uses, options, gate, output } = specOf(node)
  if (output) return [] // `node.quarantine` has no options of its own.
  const own = validateOptions(uses.options, options, where, wiringNames).faults
  const common = validateOptions(nodeOptions, gate, where).faults
  return [...own, ...serviceFaults(options, where), ...common, ...checkFaults(gate.expect, where)]
}

function checkFaults(expect: unknown, where: string): Fault[] {
  const faults: Fault[] = []
  const names = new Set<string>()
  for (const [i, value] of (Array.isArray(expect) ? expect : []).entries()) {
    if (!isCheck(value)) continue
    const fault = (message: string, hint: string) =>
      faults.push({ code: 'CONFIG_INVALID', where: pathText(where, ['expect', i]), message, hint })
    if (names.has(value.name))
      fault(`${value.name} stands here twice`, 'Remove one of the two: a check is known by its name.')
    names.add(value.name)
    const { verdict, atLeast, atMost, severity } = value
    const verdicts: readonly string[] = value.rule.scope === 'dataset' ? ['halt', 'warn'] : rowVerdicts
    if (isRepairVerdict(verdict)) {
      for (const { message, hint } of repairFaults(value, verdict)) fault(message, hint)
    } else if (verdict !== undefined && !verdicts.includes(verdict)) {
      const why = value.rule.scope === 'dataset' ? ', but it names no rows' : ''
      fault(`${value.name} has the verdict "${verdict}"${why}`, `Use one of ${verdicts.join(', ')}.`)
    }
    const wrong = { atLeast: thresholdFault(atLeast, 'share'), atMost: thresholdFault(atMost, 'rows') }
    for (const [option, why] of Object.entries(wrong))
      if (why !== undefined)
        fault(
          `${option} of ${value.name} ${why}`,
          'Write a share as 0.99 or { share: 0.99 }, a number of rows as 10 or { rows: 10 }.',
        )
    if (severity !== undefined && !severities.includes(severity))
      fault(`${value.name} has the severity "${severity}"`, `Use one of ${severities.join(', ')}.`)
    const last = isRepairVerdict(verdict) ? verdict.otherwise : verdict
    if (severity !== undefined && severity !== 'error' && last === 'halt')
      fault(`${value.name} halts, but its severity is "${severity}"`, 'Only an error halts: remove one of the two.')
  }
  return faults
}
