import { z } from 'zod'
import { type Check, rowVerdicts } from '../../plugins/check.ts'
import { type Fault, pathText } from '../boot/fault.ts'
import { serviceFaults } from '../boot/option-services.ts'
import { validateOptions } from '../boot/validate-options.ts'
import { deadlineOption } from '../deadline/deadline-option.ts'
import { millisecondsOf } from '../define/units.ts'
import { type Node, type NodeOptions, nodeOptionNames, specOf } from '../node.ts'

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

const nodeOptions = z.object({
  expect: z.array(check).optional(),
  otherwise: z.enum(rowVerdicts).optional(),
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
    const { verdict, atLeast, atMost } = value
    const verdicts: readonly string[] = value.rule.scope === 'dataset' ? ['halt', 'warn'] : rowVerdicts
    if (verdict !== undefined && !verdicts.includes(verdict)) {
      const why = value.rule.scope === 'dataset' ? ', but it names no rows' : ''
      fault(`${value.name} has the verdict "${verdict}"${why}`, `Use one of ${verdicts.join(', ')}.`)
    }
    if (atLeast !== undefined && !(atLeast >= 0 && atLeast <= 1)) {
      fault(`${value.name} wants at least ${atLeast} of the rows`, 'Give a share between 0 and 1, such as 0.99.')
    }
    if (atMost !== undefined && !(Number.isSafeInteger(atMost) && atMost >= 0)) {
      fault(`${value.name} allows at most ${atMost} rows`, 'Give a whole number of rows, 0 or more.')
    }
  }
  return faults
}
