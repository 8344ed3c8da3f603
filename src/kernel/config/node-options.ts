import { z } from 'zod'
import { pathText } from '../boot/fault.ts'
import { columnSchema, typeWords } from './inline-schema.ts'
import { type Entries, failed, isEntries, type Reader } from './reader.ts'
import type { Named, Registry } from './registry.ts'

type Read = (given: unknown, where: string) => Promise<unknown>

/** Options of nodes that stand for something in YAML and JSON: schemas, checks, keys, measures and windows by name. */
export function optionReaders(
  reader: Reader,
  registry: Registry,
  node: Read = outside(reader),
): Readonly<Record<string, Read>> {
  const column = (given: unknown, where: string) => Promise.resolve(readColumn(reader, given, where))
  const schema: Read = async (given, where) => {
    if (typeof given === 'string') return reader.named(given, where)
    if (!isEntries(given))
      return reader.fault(where, 'expected columns with their types', 'Write { name: string, born: date }.')
    const shape = await reader.entries(given, where, column)
    return shape === failed ? failed : z.object(shape as Record<string, z.ZodType>)
  }
  const check: Read = async (written, where) => {
    const given = await withNodes(written, where, node)
    if (given === failed) return failed
    if (isRule(given)) return reader.value({ use: '@tidegate/checks#rule', ...given }, where)
    const values = { satisfies: schema }
    return word('check', registry.checks, given, where, reader, { options: true, values })
  }
  const key: Read = (given, where) =>
    typeof given === 'string' ? Promise.resolve(given) : word('key', registry.keys, given, where, reader)
  const measure: Read = (given, where) => word('measure', registry.measures, given, where, reader)
  const many =
    (read: Read): Read =>
    async (given, where) => {
      if (Array.isArray(given)) return reader.list(given, where, read)
      if (isEntries(given)) return reader.entries(given, where, read)
      return reader.fault(
        where,
        `expected a list or named entries, got ${JSON.stringify(given)}`,
        'See docs/config.md.',
      )
    }
  return {
    schema,
    expect: many(check),
    by: many(key),
    measure: many(measure),
    window: (given, where) => word('window', registry.windows, given, where, reader),
  }
}

/** What stands for another dataset in a check, `{ node: airports }`, at any depth. */
async function withNodes(given: unknown, where: string, node: Read): Promise<unknown> {
  if (typeof given !== 'object' || given === null) return given
  const names = Object.keys(given)
  if (names.length === 1 && 'node' in given && typeof given.node === 'string') return node(given.node, where)
  const found: unknown[] = []
  for (const [key, value] of Object.entries(given))
    found.push(await withNodes(value, pathText(where, [Array.isArray(given) ? Number(key) : key]), node))
  if (found.includes(failed)) return failed
  return Array.isArray(given) ? found : Object.fromEntries(names.map((name, i) => [name, found[i]]))
}

/** Checks in a file of their own have no nodes about them. */
function outside(reader: Reader): Read {
  return async (name, where) =>
    reader.fault(
      where,
      `the dataset { node: ${String(name)} } can be named in a pipeline only`,
      'Write the check into `expect` of a node, in the pipeline that has the other one.',
    )
}

/** `{ name: ages, type: accuracy, field: age, condition: between, value: [0, 120], threshold: 0.99 }`: a rule as data, which `@tidegate/checks` knows. */
function isRule(given: unknown): given is Entries {
  return isEntries(given) && typeof given['type'] === 'string' && given['field'] !== undefined && !('use' in given)
}

function readColumn(reader: Reader, given: unknown, where: string): unknown {
  const made = reader.call(() => columnSchema(given), where)
  if (made !== undefined) return made
  return reader.fault(
    where,
    `unknown type ${JSON.stringify(given)}`,
    `Known: ${typeWords.join(', ')}; "?" behind one makes it nullable.`,
  )
}

interface WordOptions {
  /** Keys besides the word are options, the last argument. */
  readonly options?: boolean
  /** Words whose arguments are read in a way of their own. */
  readonly values?: Readonly<Record<string, Read>>
}

/** `count`, `{ mean: delay }`, `{ between: [delay, 0, 10], atLeast: 0.9 }`: a call by name. Code (`./file.ts#export`) gives the value itself. */
async function word(
  what: string,
  known: Named,
  given: unknown,
  where: string,
  reader: Reader,
  { options = false, values = {} }: WordOptions = {},
): Promise<unknown> {
  if (typeof given === 'string') {
    if (given.includes('#')) return reader.value(given, where)
    const make = Object.hasOwn(known, given) ? known[given] : undefined
    return make ? reader.call(() => make(), where) : reader.unknown(what, given, Object.keys(known), where)
  }
  if (!isEntries(given))
    return reader.fault(
      where,
      `expected a ${what}, got ${JSON.stringify(given)}`,
      `Known: ${Object.keys(known).join(', ')}.`,
    )
  if (typeof given['use'] === 'string') return reader.value(given, where)
  const name = Object.keys(given).find((key) => Object.hasOwn(known, key))
  if (name === undefined) return reader.unknown(what, Object.keys(given)[0] ?? '', Object.keys(known), where)
  const { [name]: argument, ...rest } = given as Entries
  if (!options && Object.keys(rest).length > 0) {
    return reader.fault(
      where,
      `a ${what} has one name, but here are ${Object.keys(given).join(' and ')}`,
      'Keep one of them.',
    )
  }
  const read = values[name] ?? reader.value
  const args = values[name] === undefined && Array.isArray(argument) ? argument : [argument]
  const given_ = await reader.list(args, `${where}.${name}`, read)
  const more = await reader.entries(rest, where, reader.value)
  if (given_ === failed || more === failed) return failed
  const make = known[name] as (...all: unknown[]) => unknown // The registry types what it makes, not what people write.
  return reader.call(() => make(...given_, ...(Object.keys(rest).length > 0 ? [more] : [])), where)
}
