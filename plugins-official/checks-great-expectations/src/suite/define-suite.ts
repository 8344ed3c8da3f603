import { didYouMean, TidegateError } from 'tidegate'
import type { Definition } from '../rules/definition.ts'
import { refusals, rules } from '../rules/registry.ts'
import { createGiven, type Given } from './given.ts'
import { type Expectation, isRecord, type Kwargs, readSuite, type Suite } from './suite.ts'

export interface Defined {
  /** As written, with parameters filled in. */
  readonly expectation: Expectation
  readonly definition: Definition
}

export interface SuiteOptions {
  /** What `{ "$PARAMETER": name }` stands for (evaluation parameters, suite parameters). */
  readonly parameters?: Readonly<Record<string, unknown>>
}

interface Refusal {
  /** From 1, as in the file. */
  readonly expectation: number
  readonly type: string
  readonly why: string
}

/**
 * Reads a suite and understands every expectation of it.
 * @throws `CONFIG_INVALID` that names everything that cannot be honoured, at once; nothing is skipped.
 */
export function defineSuite(
  given: unknown,
  { parameters = {} }: SuiteOptions = {},
): {
  readonly suite: Suite
  readonly defined: readonly Defined[]
} {
  const suite = readSuite(given)
  const refused: Refusal[] = []
  const defined = suite.expectations.flatMap((written, place) => {
    const refuse = (why: string) => refused.push({ expectation: place + 1, type: written.type, why })
    const kwargs = filled(written.kwargs, parameters, refuse) as Kwargs
    const found = define({ ...written, kwargs }, suite, refuse)
    return found ?? []
  })
  if (refused.length > 0) throw refusal(suite, refused)
  return { suite, defined }
}

function define(expectation: Expectation, { dialect }: Suite, refuse: (why: string) => void): Defined | undefined {
  const { type, kwargs } = expectation
  const make = Object.hasOwn(rules, type) ? rules[type] : undefined
  if (make === undefined) {
    const known = didYouMean(type, Object.keys(rules))
    refuse(
      refusals[type] ??
        `it is no core expectation; a custom one is written with defineCheck.${known === undefined ? '' : ` ${known}`}`,
    )
    return undefined
  }
  const { severity } = expectation
  if (severity !== undefined && !['critical', 'warning', 'info'].includes(severity))
    refuse(`severity is ${JSON.stringify(severity)}, it takes critical, warning, info`)
  const given: Given = createGiven(type, dialect, kwargs, refuse)
  const definition = make(given)
  if (kwargs['auto'] === true) refuse('auto: bounds are not estimated from the data')
  for (const key of given.unknown()) if (key !== 'auto') refuse(`${key} is not known`)
  return { expectation, definition }
}

/** Parameters in place of `{ "$PARAMETER": "name" }`, at any depth; 0.18 writes what they last were beside them. */
function filled(value: unknown, parameters: Kwargs, refuse: (why: string) => void): unknown {
  if (Array.isArray(value)) return value.map((one) => filled(one, parameters, refuse))
  if (!isRecord(value)) return value
  const name = value['$PARAMETER']
  if (typeof name !== 'string')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, parameters, refuse)]))
  if (Object.hasOwn(parameters, name)) return parameters[name]
  const beside = value[`$PARAMETER.${name}`]
  if (beside !== undefined) return beside
  refuse(`the parameter ${JSON.stringify(name)} is not given`)
  return null
}

function refusal({ name }: Suite, refused: readonly Refusal[]): TidegateError {
  const lines = refused.map(({ expectation, type, why }) => `  ${expectation}. ${type}: ${why}`)
  return new TidegateError(
    'CONFIG_INVALID',
    `The suite "${name}" asks for ${refused.length === 1 ? 'something that is' : `${refused.length} things that are`} not honoured here:\n${lines.join('\n')}`,
    {
      hint: 'Change or remove these expectations, or give what is missing: none of them is skipped.',
      data: { suite: name, refused: refused.map((one) => ({ ...one })) },
    },
  )
}
