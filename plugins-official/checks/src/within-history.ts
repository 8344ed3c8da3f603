import { type Check, createCheck, type DatasetCheckOptions, type Measure } from 'tidegate'
import { type Earlier, type HistoryMethod, methods, shown } from './anomalies.ts'
import { callable, refuse } from './callable.ts'
import { measureOf } from './measure-words.ts'
import { listed } from './text.ts'

export interface WithinHistoryOptions extends DatasetCheckOptions {
  /**
   * `robust-z`: distance from the median in robust deviations. `ewma`: distance from the exponentially weighted mean in standard deviations.
   * `weekly`: `robust-z` among the same weekday (UTC). `relative-change`: the change since the last snapshot as a share.
   */
  readonly method: HistoryMethod
  /** How far is too far; default 3.5, 3, 3.5 and 0.5, in the order above. */
  readonly limit?: number
  /** How many earlier snapshots are looked at; default 20, 60, 8 (weeks) and 1. */
  readonly last?: number
  /** With fewer of them the check passes, and says so; default 8, 8, 4 and 1. */
  readonly least?: number
  /** `ewma`: the weight of the newest value, above 0 and at most 1; default 0.3. */
  readonly alpha?: number
}

type WithinHistoryFn = <R>(measure: Measure<R, number | bigint | null>, options: WithinHistoryOptions) => Check<R>

/**
 * The measure is what it used to be: compared with what it was in earlier committed snapshots of this node, of which about 1,000 are remembered. What
 * a gate withholds never becomes history. While history is short the check passes and says so. A NaN fails, as does a value that is
 * missing where there always was one. The sources of the formulas stand in `anomalies.ts`; `weekly` takes of each earlier week the snapshot nearest to this
 * time of the day. Throws `CONFIG_INVALID` for options without a meaning.
 */
export const withinHistory = callable(
  {
    check: 'withinHistory',
    arguments: ['measure'],
    options: ['method', 'limit', 'last', 'least', 'alpha'],
    dataset: true,
  },
  (given: unknown, { method, limit, last, least, alpha, ...options }: WithinHistoryOptions) => {
    const measure = measureOf('withinHistory', given)
    const name = `withinHistory(${[measure.name, method, listed({ limit, last, least, alpha })].filter((text) => text !== '').join(', ')})`
    if (!Object.hasOwn(methods, method))
      refuse(`${name}: there is no such method.`, `Known: ${Object.keys(methods).join(', ')}.`)
    const own = methods[method]
    const settings = {
      limit: limit ?? own.limit,
      last: last ?? own.last,
      least: least ?? own.least,
      alpha: alpha ?? 0.3,
    }
    if (!(settings.limit >= 0) || !isCount(settings.last) || !isCount(settings.least) || settings.least > settings.last)
      refuse(
        `${name}: nothing could be judged by these numbers.`,
        'limit is 0 or more; last and least are whole numbers from 1 on, least at most last.',
      )
    if (!(settings.alpha > 0 && settings.alpha <= 1) || (alpha !== undefined && method !== 'ewma'))
      refuse(`${name}: alpha is ${alpha}.`, 'Give a weight above 0 and at most 1, with the method ewma.')
    return createCheck(name, measure.columns, { measure: measure.name, method, ...settings }, options, {
      scope: 'dataset',
      reads: ['history'],
      measures: { value: measure },
      decide({ value }, { history, now }) {
        const earlier = history.flatMap(({ at, values }) => earlierOf(at, values['value']))
        if (value !== null && value !== undefined && typeof value !== 'number' && typeof value !== 'bigint')
          refuse(`${name}: ${measure.name} is no number.`, 'Give a measure whose result is a number.')
        if (value === null || value === undefined)
          return earlier.length < settings.least
            ? { pass: true, observed: `${measure.name} has no value` }
            : { pass: false, observed: `${measure.name} has no value; earlier snapshots have one` }
        const number = Number(value)
        if (!Number.isFinite(number)) return { pass: false, observed: `${measure.name} is ${shown(number)}` }
        return own.judge({ name: measure.name, value: number, at: now, earlier, ...settings })
      },
    })
  },
) as unknown as WithinHistoryFn

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1
}

function earlierOf(at: number, value: unknown): readonly Earlier[] {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? [{ at, value: number }] : []
}
