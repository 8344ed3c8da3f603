import {
  approxDistinct,
  count,
  countDistinct,
  type Measure,
  max,
  mean,
  min,
  quantile,
  stdev,
  sum,
  variance,
} from 'tidegate'
import { refuse } from './callable.ts'

/** The core's measures with one value, as configs write them: a word and its arguments. */
const words: Readonly<Record<string, (...given: never[]) => Measure<never>>> = {
  count,
  sum,
  mean,
  min,
  max,
  variance,
  stdev,
  countDistinct,
  approxDistinct,
  quantile,
}

/** A measure, or what a config writes for one: `count`, `{ mean: delay }`, `{ quantile: [delay, 0.5] }`. Throws `CONFIG_INVALID`. */
export function measureOf(asker: string, given: unknown): Measure {
  if (typeof given === 'object' && given !== null && 'create' in given && 'name' in given) return given as Measure
  const [word = '', ...others] =
    typeof given === 'object' && given !== null ? Object.keys(given) : typeof given === 'string' ? [given] : []
  const make = Object.hasOwn(words, word) && others.length === 0 ? words[word] : undefined
  if (make === undefined)
    return refuse(
      `${asker}: ${JSON.stringify(given)} is no measure.`,
      `In a config, write one of ${Object.keys(words).join(', ')} with its arguments: { mean: delay }.`,
    )
  const argument = typeof given === 'string' ? [] : (given as Readonly<Record<string, unknown>>)[word]
  return make(...((Array.isArray(argument) ? argument : [argument]) as never[])) as Measure
}
