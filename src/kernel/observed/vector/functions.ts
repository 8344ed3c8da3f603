import { op } from 'arquero'
import { anything, booleans, nulls, numbers, objects, only, texts, undefineds } from './kinds.ts'

/** A function of `op` that can be called once for many rows: it depends on its arguments alone and keeps nothing. */
export interface PureFunction {
  /** What it gives for arguments of these kinds. */
  readonly kinds: (args: readonly number[]) => number
  /** Written in place of a call, given numbers. */
  readonly inline?: string
}

const own = op as unknown as Readonly<Record<string, unknown>>
const known = new Map<string, PureFunction & { readonly function: unknown }>()
const absent = nulls | undefineds

function add(names: string, kinds: PureFunction['kinds'], inline?: (name: string) => string): void {
  for (const name of names.split(' '))
    known.set(name, { kinds, function: own[name], ...(inline === undefined ? {} : { inline: inline(name) }) })
}

const number = () => numbers
const boolean = () => booleans
/** Absent where the first argument is. */
const orAbsent = (kind: number) => (args: readonly number[]) => kind | ((args[0] ?? undefineds) & absent)

add(
  'abs cbrt ceil clz32 exp expm1 floor fround log log10 log1p log2 pow round sign sqrt trunc acos acosh asin asinh atan atan2 atanh cos cosh sin sinh tan tanh',
  number,
  (name) => `Math.${name}`,
)
add('greatest', number, () => 'Math.max')
add('least', number, () => 'Math.min')
add('is_nan is_finite startswith endswith includes equal', boolean)
add(
  'length indexof lastindexof timestamp year quarter month week date dayofyear dayofweek hours minutes seconds',
  number,
)
add('milliseconds utcyear utcquarter utcmonth utcweek utcdate utcdayofyear utcdayofweek utchours utcminutes', number)
add('utcseconds utcmilliseconds', number)
add('format_date format_utcdate', () => texts)
add('lower upper trim substring replace padend padstart normalize', orAbsent(texts))
add('parse_float parse_int bin', orAbsent(numbers))
add('reverse slice', ([first = anything]) =>
  only(first, texts | nulls) ? texts | (first & nulls ? undefineds : 0) : anything,
)
add('match', ([, , index]) =>
  index === undefined ? objects | nulls : index === numbers || index === texts ? texts | absent : anything,
)
add('split', () => objects)

/** The function of that name, unless it is unknown here or was replaced by `addFunction`. */
export function pureFunction(name: string): (PureFunction & { readonly function: unknown }) | undefined {
  const found = known.get(name)
  return found !== undefined && own[name] === found.function ? found : undefined
}
