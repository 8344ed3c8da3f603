import { didYouMean, isNode, TidegateError } from 'tidegate'

const common = ['verdict', 'severity', 'atLeast', 'atMost']

interface Form {
  /** As messages name the check. */
  readonly check: string
  /** The names of its arguments in order, for configs that name them; "?" behind one that may be left out. */
  readonly arguments: readonly string[]
  /** Keys of its options besides `verdict`, `severity`, `atLeast` and `atMost`. */
  readonly options?: readonly string[]
  /** It names no rows, so that it has no thresholds. */
  readonly dataset?: boolean
  /** The first argument is an object itself. */
  readonly object?: boolean
}

/**
 * A check that can be called in both ways: `length('code', { min: 3 })`, and with one object as YAML and JSON configs do,
 * `{ use: '@tidegate/checks#length', column: code, min: 3 }`. Throws `CONFIG_INVALID` for arguments that are missing and options nobody reads.
 */
export function callable<F extends (...given: never[]) => unknown>(form: Form, make: F): F {
  const known = [...(form.dataset ? ['verdict', 'severity'] : common), ...(form.options ?? [])]
  const names = form.arguments.map((name) => name.replace('?', ''))
  const call = (...given: readonly unknown[]) => {
    const [only] = given
    const args =
      given.length === 1 && isDeclared(only) && (!form.object || typeof only[names[0] as string] === 'object')
        ? positional(only, names)
        : given
    form.arguments.forEach((name, i) => {
      if (!name.endsWith('?') && args[i] === undefined)
        refuse(`${form.check}: "${name}" is missing.`, `Its arguments are ${names.join(', ')}.`)
    })
    const options = args[names.length] ?? {}
    if (typeof options !== 'object')
      refuse(`${form.check}: its options are ${String(options)}.`, `Its options are ${known.join(', ')}.`)
    const extra = Object.keys(options as object).find((key) => !known.includes(key))
    if (extra !== undefined)
      refuse(
        `${form.check}: unknown option "${extra}".`,
        didYouMean(extra, known) ?? `Its options are ${known.join(', ')}.`,
      )
    return make(...(Array.from(names, (_, i) => args[i]) as never[]), options as never)
  }
  return call as unknown as F // The same arguments, or their names: configs are not typed.
}

function positional(given: Readonly<Record<string, unknown>>, names: readonly string[]): readonly unknown[] {
  const options = Object.fromEntries(Object.entries(given).filter(([key]) => !names.includes(key)))
  return [...names.map((name) => given[name]), options]
}

/** An object as a config has it, and neither a check nor a list. */
function isDeclared(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !('rule' in value && 'columns' in value) &&
    !isNode(value)
  )
}

/** Throws `CONFIG_INVALID`. */
export function refuse(message: string, hint: string): never {
  throw new TidegateError('CONFIG_INVALID', message, { hint })
}
