import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { Check } from '../../plugins/check.ts'
import { schemaOfCheck } from '../../plugins/defaults/checks/satisfies.ts'
import type { Key, Measure } from '../../plugins/measure.ts'
import { coreRegistry, type Named } from '../config/registry.ts'
import type { Json } from '../context.ts'
import type { Window } from '../nodes/window.ts'
import { writeVerdict } from './write-verdict.ts'
import { unwritten, type Writer, type Written } from './writer.ts'

/** A check as a document names it: by its word and arguments, or as an export. */
export function writeCheck(writer: Writer, check: Check, where: string): Written {
  const ref = writer.exports.refOf(check)
  if (ref?.startsWith('.')) return ref
  const word = wordOf(check.name, coreRegistry.checks)
  const given = word === undefined ? undefined : checkArguments(word, check)
  const { verdict, atLeast, atMost, severity } = check
  const writtenVerdict = verdict === undefined ? undefined : writeVerdict(writer, verdict, `${where}.verdict`)
  if (writtenVerdict === unwritten) return unwritten
  const options = {
    ...(writtenVerdict === undefined ? {} : { verdict: writtenVerdict }),
    ...(atLeast === undefined ? {} : { atLeast: atLeast as Json }),
    ...(atMost === undefined ? {} : { atMost: atMost as Json }),
    ...(severity === undefined ? {} : { severity }),
  }
  if (
    word === undefined ||
    given === undefined ||
    !makesAgain(coreRegistry.checks, word, given.values, check, given.own)
  )
    return unnamed(writer, 'check', check.name, where)
  const written = given.write === undefined ? (given.values as readonly Json[]) : given.write(writer, where)
  if (written === unwritten) return unwritten
  const values = written as readonly Json[]
  return {
    [word]: values.length === 1 && !Array.isArray(values[0]) ? (values[0] as Json) : values,
    ...given.own,
    ...options,
  }
}

interface Arguments {
  readonly values: readonly unknown[]
  /** Options of the word's own. */
  readonly own: Readonly<Record<string, Json>>
  /** Where arguments are no plain data. */
  readonly write?: (writer: Writer, where: string) => Written
}

/** What a check was made of, from its parameters. */
function checkArguments(word: string, check: Check): Arguments | undefined {
  // The parameters of our own checks; what they are is proven by making the check again.
  const p = check.parameters as Readonly<Record<string, Json>>
  const plain = (...values: readonly unknown[]): Arguments => ({ values, own: {} })
  switch (word) {
    case 'notNull':
      return plain(p['column'])
    case 'between':
      return plain(p['column'], p['min'], p['max'])
    case 'oneOf':
      return plain(p['column'], p['values'])
    case 'matches': {
      const [pattern, flags] = [String(p['pattern']), String(p['flags'])]
      return plain(p['column'], flags !== '' || pattern.startsWith('/') ? `/${pattern}/${flags}` : pattern)
    }
    case 'unique':
      return { values: p['columns'] as readonly Json[], own: p['lose'] === 'all' ? {} : { lose: p['lose'] as Json } }
    case 'rowCount':
      return p['max'] === null ? plain(p['min']) : plain(p['min'], p['max'])
    case 'satisfies': {
      const schema = schemaOfCheck(check)
      if (schema === undefined) return undefined
      return {
        values: [schema],
        own: {},
        write: (writer, where) => listed(writer.schema(schema as z.ZodObject, `${where}.satisfies`)),
      }
    }
    case 'expression': {
      const code = check.rule.scope === 'row' ? check.rule.code?.[0] : undefined
      const write = (writer: Writer, where: string) => writer.list([p['name'], code], where, writer.value)
      return code === undefined ? undefined : { values: [p['name'], code], own: {}, write }
    }
    default:
      return undefined
  }
}

const listed = (written: Written): Written => (written === unwritten ? unwritten : [written])

/** A measure: `count`, `{ mean: delay }`, `{ quantile: [delay, 0.5] }`. */
export function writeMeasure(writer: Writer, measure: Measure, where: string): Written {
  return columnWord(writer, 'measure', coreRegistry.measures, measure, Object.values(measure.parameters ?? {}), where)
}

/** A key: a column, or `{ day: date }`, `{ day: [date, { timeZone: Europe/Zurich }] }`. */
export function writeKey(writer: Writer, key: string | Key, where: string): Written {
  if (typeof key === 'string') return key
  return columnWord(writer, 'key', coreRegistry.keys, key, key.parameters === undefined ? [] : [key.parameters], where)
}

export function writeWindow(writer: Writer, { kind, size }: Window, where: string): Written {
  return kind === 'tumbling' ? { tumbling: size } : unnamed(writer, 'window', String(kind), where)
}

function columnWord(
  writer: Writer,
  what: string,
  known: Named,
  given: Measure | Key,
  more: readonly unknown[],
  where: string,
): Written {
  const ref = writer.exports.refOf(given)
  if (ref?.startsWith('.')) return ref
  const word = wordOf(given.name, known)
  const values = [...given.columns, ...more] as readonly Json[]
  if (word === undefined || !makesAgain(known, word, values, given)) return unnamed(writer, what, given.name, where)
  if (values.length === 0) return word
  return { [word]: values.length === 1 ? (values[0] as Json) : values }
}

function wordOf(name: string, known: Named): string | undefined {
  const word = /^(\w+)\(/.exec(name)?.[1] ?? ''
  if (Object.hasOwn(known, word)) return word
  // An expression stands under the name that its author gave it.
  return Object.hasOwn(known, 'expression') ? 'expression' : undefined
}

/** Whether the word makes the same thing again: somebody's own check may have a name like one of ours. */
function makesAgain(
  known: Named,
  word: string,
  values: readonly unknown[],
  wanted: { readonly name: string; readonly columns: readonly string[] },
  own: Readonly<Record<string, Json>> = {},
): boolean {
  try {
    const make = known[word] as (...all: readonly unknown[]) => typeof wanted
    const facts = (made: object) => {
      const { name, columns, parameters, version } = made as Record<string, unknown>
      return { name, columns, parameters, version }
    }
    const made = make(...values, ...(Object.keys(own).length === 0 ? [] : [own]))
    return isDeepStrictEqual(facts(made), facts(wanted))
  } catch {
    return false
  }
}

function unnamed(writer: Writer, what: string, name: string, where: string): typeof unwritten {
  return writer.fault(
    where,
    `the ${what} ${name} cannot be written with the words of a document`,
    `Move the ${what} itself into a module, export it, and import it from there.`,
  )
}
