import type { z } from 'zod'
import { didYouMean } from '../nearest.ts'
import { type Fault, pathText } from './fault.ts'
import { unknownOptions } from './unknown-options.ts'

export interface Validated<T> {
  /** What the schema made of the options (defaults filled in); undefined when there are faults. */
  readonly options: T | undefined
  readonly faults: readonly Fault[]
}

/**
 * Checks options against a schema; names the schema does not know are faults as well. `where` is the path of the options in the config; `also`
 * are names that are known there besides the schema's, for the remedy.
 */
export function validateOptions<S extends z.ZodType>(
  schema: S,
  given: unknown,
  where: string,
  also: readonly string[] = [],
): Validated<z.output<S>> {
  const value = given === undefined ? {} : given
  const faults: Fault[] = unknownOptions(schema, value).map(({ path, name, known }) =>
    unknownFault(where, path, name, path.length === 1 ? [...known, ...also] : known),
  )
  const parsed = schema.safeParse(value, { reportInput: true })
  if (!parsed.success) {
    const known = new Set(faults.map((fault) => fault.where))
    const more = parsed.error.issues.flatMap((issue) => issueFaults(issue, where))
    faults.push(...more.filter((fault) => !known.has(fault.where)))
  }
  return { options: faults.length === 0 && parsed.success ? parsed.data : undefined, faults }
}

/** The fault of a name that nobody knows. `path` ends in the name. */
export function unknownFault(
  where: string,
  path: readonly PropertyKey[],
  name: string,
  known: readonly string[],
): Fault {
  const near = didYouMean(name, known)
  const list = known.length === 0 ? 'There are no options here.' : `Known here: ${known.join(', ')}.`
  const fault = { code: 'CONFIG_INVALID', where: pathText(where, path), message: `unknown option "${name}"` } as const
  return { ...fault, hint: near ?? list }
}

type Issue = z.core.$ZodIssue

function issueFaults(issue: Issue, where: string): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownFault(where, [...issue.path, key], key, []))
  }
  return [{ code: 'CONFIG_INVALID', where: pathText(where, issue.path), message: wording(issue) }]
}

/** zod's wording with what was given; of a union, what each of its branches wanted. */
function wording(issue: Issue): string {
  const given = issue.input === undefined ? 'it is missing' : `got ${quote(issue.input)}`
  const wish = [...new Set(wishes(issue))].join(' or ')
  return wish.includes(', got ') ? wish : `${wish}, ${given}`
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function wishes(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [`expected ${names[issue.expected] ?? issue.expected}`]
  if (issue.code === 'invalid_value') return [`expected ${issue.values.map((value) => quote(value)).join(' or ')}`]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [first = '', ...more] = issue.errors.flat().flatMap(wishes)
    return [first, ...more.map((wish) => wish.replace(/^expected /, ''))]
  }
  const text = issue.message.replace(/^Invalid input: /, '')
  return [text.charAt(0).toLowerCase() + text.slice(1)]
}

function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
