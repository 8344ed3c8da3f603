import { TidegateError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'

/** Refuses options that nobody reads: a mistyped one would have no effect. Throws `CONFIG_INVALID` with the nearest name. */
export function knownOptions(asker: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TidegateError('CONFIG_INVALID', `${asker}: its options are ${JSON.stringify(given)}, not an object.`, {
      hint: listed(known),
    })
  const name = Object.keys(given).find((key) => !known.includes(key))
  if (name === undefined) return
  throw new TidegateError('CONFIG_INVALID', `${asker}: unknown option "${name}".`, {
    hint: [didYouMean(name, known), listed(known)].filter((text) => text !== undefined).join(' '),
    data: { option: name, known },
  })
}

/** A measure that takes columns and numbers alone: options given to it beyond those are refused, not ignored. */
export function withoutOptions<F extends (...given: never[]) => unknown>(name: string, make: F): F {
  const strict: (...given: never[]) => unknown = (...given: readonly unknown[]) => {
    for (const extra of given.slice(make.length))
      if (typeof extra === 'object' && extra !== null && !Array.isArray(extra))
        knownOptions(`${name}(${given.slice(0, make.length).map(String).join(', ')})`, extra, [])
    return make(...(given as never[]))
  }
  return strict as F // The same arguments and the same result: only surplus ones are looked at.
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? 'It takes no options.' : `Its options are: ${known.join(', ')}.`
}
