import {
  type Check,
  createCheck,
  type DatasetCheckOptions,
  display,
  type Field,
  fieldOf,
  type LogicalType,
  type Measure,
  max,
  parseDuration,
  types,
} from 'tidegate'
import { callable } from './callable.ts'
import type { Holds } from './row-types.ts'

export interface FreshOptions extends DatasetCheckOptions {
  /** A length of time: `30m`, `1d`, `2 weeks`. */
  readonly within: string
}

type FreshFn = <K extends string>(column: K, options: FreshOptions) => Check<Holds<K, Date | number | bigint>>

/**
 * The newest time in `column` is not older than `within` before the time of the run: asked in every run, also where nothing changed. Times are
 * timestamps, dates (the beginning of the day in UTC), or numbers of milliseconds since 1970. Null counts for nothing, and a dataset without any
 * time is not fresh; a NaN fails. Throws `CONFIG_INVALID` for what is no length of time.
 */
export const fresh = callable(
  { check: 'fresh', arguments: ['column'], options: ['within'], dataset: true },
  (column: string, { within, ...options }: FreshOptions) => {
    const limit = parseDuration(within)
    const name = `fresh(${column}, within ${within})`
    return createCheck(name, [column], { column, within: limit }, options, {
      scope: 'dataset',
      reads: ['now'],
      measures: { newest: newestOf(name, column) },
      decide({ newest }, { now }) {
        if (newest === null || newest === undefined) return { pass: false, observed: 'no time at all' }
        const at = Number(newest)
        // Without the age: what is said stays as it is while nothing changes.
        const said = `newest ${display(at, instant(column))}`
        return now - at <= limit
          ? { pass: true, observed: said }
          : { pass: false, observed: `${said}, older than ${within} when the run began` }
      },
    })
  },
) as FreshFn

function newestOf(name: string, column: string): Measure {
  const newest = max(column) as Measure
  return {
    ...newest,
    create(schema) {
      fieldOf(schema, column, name, ['timestamp', 'date', 'int', 'float'], 'a time')
      return newest.create(schema)
    },
  }
}

function instant(name: string): Field {
  return { name, type: types.timestamp('ms') as LogicalType, nullable: false }
}
