import { between, type Check, type CheckOptions, didYouMean, matches, notNull, oneOf, unique } from 'tidegate'
import { z } from 'zod'
import { max, min } from './bounds.ts'
import { refuse } from './callable.ts'
import { compare } from './compare.ts'
import { isType } from './is-type.ts'
import { length } from './length.ts'
import { isNull, notMatches, notOneOf } from './nulls-and-lists.ts'
import { parsesAs } from './parses-as.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])
const Rule = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['completeness', 'accuracy', 'consistency']),
  field: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  condition: z.string().optional(),
  value: z
    .union([
      scalar,
      z.array(scalar),
      z.strictObject({ field: z.string() }),
      z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
      z.strictObject({ form: z.string(), format: z.string() }),
    ])
    .optional(),
  threshold: z.number().min(0).max(1).optional(),
  verdict: z.enum(['halt', 'quarantine', 'drop', 'warn']).optional(),
  severity: z.enum(['error', 'warn', 'info']).optional(),
})

/**
 * A rule as data. `type` is the dimension of quality; `condition` what must hold of `field` (of one column; `unique` takes a list as well), with
 * `value` as its other side; `threshold` the share of the rows (0..1) that must keep it.
 *
 * | type | conditions |
 * |---|---|
 * | `completeness` | `notNull` (default) |
 * | `accuracy` | `between` [min, max], `>=`, `>`, `<=`, `<`, `==`, `!=` a constant, `oneOf`, `notOneOf` a list, `matches`, `notMatches` a pattern, `length` { min, max }, `isNull`, `isType`, `parsesAs` a type or form by name, of a date also { form: 'date', format } |
 * | `consistency` | `unique`, and `>=`, `>`, `<=`, `<`, `==`, `!=` with another column: { field } |
 */
export type DeclaredRule = z.input<typeof Rule>

type Make = (field: string, value: unknown, options: CheckOptions) => Check<never>
const numbers = z.tuple([z.number(), z.number()])
const list = z.array(scalar).min(1)
const other = z.object({ field: z.string() })
const formed = z.union([z.string().transform((form) => ({ form })), z.object({ form: z.string(), format: z.string() })])
const operators = ['<', '<=', '>', '>=', '==', '!='] as const

const accuracy: Readonly<Record<string, Make>> = {
  between: (field, value, options) => between(field, ...numbers.parse(value), options),
  '>=': (field, value, options) => min(field, z.number().parse(value), options),
  '>': (field, value, options) => min(field, z.number().parse(value), { ...options, strict: true }),
  '<=': (field, value, options) => max(field, z.number().parse(value), options),
  '<': (field, value, options) => max(field, z.number().parse(value), { ...options, strict: true }),
  '==': (field, value, options) => oneOf(field, [scalar.parse(value)], options),
  '!=': (field, value, options) => notOneOf(field, [scalar.parse(value)], options),
  oneOf: (field, value, options) => oneOf(field, list.parse(value), options),
  notOneOf: (field, value, options) => notOneOf(field, list.parse(value), options),
  matches: (field, value, options) => matches(field, pattern(value), options),
  notMatches: (field, value, options) => notMatches(field, pattern(value), options),
  length: (field, value, options) =>
    length(field, {
      ...z.object({ min: z.number().optional(), max: z.number().optional() }).parse(value),
      ...options,
    } as never),
  isNull: (field, value, options) => isNull(field, none(value, options)),
  isType: (field, value, options) => isType(field, z.string().parse(value) as never, options),
  parsesAs: (field, value, options) => {
    const { form, ...more } = formed.parse(value)
    return parsesAs(field, form as never, { ...options, ...more })
  },
}
const consistency = Object.fromEntries(
  operators.map((operator): [string, Make] => [
    operator,
    (field, value, options) => compare(field, operator, other.parse(value).field, options),
  ]),
)
const conditions: Readonly<Record<DeclaredRule['type'], Readonly<Record<string, Make>>>> = {
  completeness: { notNull: (field, value, options) => notNull(field, none(value, options)) },
  accuracy,
  consistency,
}

/**
 * The check that a declarative rule stands for, under the rule's own name. YAML and JSON configs may write such a rule into `expect` as it is.
 * Throws `CONFIG_INVALID` for a condition that its type does not know, or a value that its condition does not take.
 *
 * ```ts
 * rule({ name: 'ages are plausible', type: 'accuracy', field: 'age', condition: 'between', value: [0, 120], threshold: 0.99 })
 * ```
 */
export function rule(given: DeclaredRule): Check {
  const parsed = Rule.safeParse(given)
  if (!parsed.success) return refuse(`rule ${JSON.stringify(given?.name)}: ${told(parsed.error)}`, forms)
  const { name, type, field, condition, value, threshold, verdict, severity } = parsed.data
  const options = {
    ...(verdict === undefined ? {} : { verdict }),
    ...(severity === undefined ? {} : { severity }),
    ...(threshold === undefined ? {} : { atLeast: threshold }),
  }
  if (type === 'consistency' && condition === 'unique') return named(name, unique(field, none(value, options)))
  const known = conditions[type]
  const word = condition ?? (type === 'completeness' ? 'notNull' : '')
  const make = Object.hasOwn(known, word) ? known[word] : undefined
  const words = [...Object.keys(known), ...(type === 'consistency' ? ['unique'] : [])]
  if (make === undefined)
    return refuse(
      `rule "${name}": ${type} has no condition "${word}".`,
      didYouMean(word, words) ?? `Its conditions are ${words.join(', ')}.`,
    )
  const [only, ...more] = [field].flat()
  if (only === undefined || more.length > 0)
    return refuse(`rule "${name}": ${word} is about one field, here are ${more.length + 1}.`, 'Write a rule for each.')
  try {
    return named(name, make(only, value, options) as Check)
  } catch (error) {
    if (error instanceof SyntaxError)
      return refuse(`rule "${name}": ${error.message}.`, 'Write a pattern as ^[A-Z]+$, or with flags as /^[a-z]+$/i.')
    if (!(error instanceof z.ZodError)) throw error
    return refuse(`rule "${name}": ${JSON.stringify(value)} is no value for ${word}: ${told(error)}`, forms)
  }
}

const forms =
  'Write { name, type: completeness | accuracy | consistency, field, condition, value, threshold: 0..1, verdict, severity }, as in { name: ages, type: accuracy, field: age, condition: between, value: [0, 120] }.'

function named(name: string, check: Check<never>): Check {
  return Object.freeze({ ...check, name }) as Check
}

function pattern(value: unknown): RegExp {
  const text = z.string().parse(value)
  const [, source = text, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? []
  return new RegExp(source, flags)
}

function none<T>(value: unknown, options: T): T {
  z.undefined({ error: 'it takes none' }).parse(value)
  return options
}

function told(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}
