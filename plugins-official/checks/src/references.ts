import {
  type Batch,
  type Check,
  type CheckOptions,
  type CondemningRule,
  createCheck,
  isNode,
  type Node,
} from 'tidegate'
import { callable, refuse } from './callable.ts'
import { packKeys, unpackKeys } from './key-partial.ts'
import { keyReader, requireAlike } from './key-words.ts'
import { condemnMissing, keysIn } from './reference-fold.ts'
import { lookingAt, otherOf } from './row-count-equals.ts'
import type { Anything, Holds } from './row-types.ts'

/** What a column may hold that refers to values like these. */
type Referring<V> = V extends number | bigint ? number | bigint : V

interface ReferencesFn {
  <K extends string, R extends object, O extends keyof R & string>(
    column: K,
    other: Node<R>,
    otherColumn: O,
    options?: CheckOptions,
  ): Check<Holds<K, Referring<NonNullable<R[O]>>>>
  <K extends string, R extends { readonly [P in K]: unknown }>(
    columns: K | readonly K[],
    other: Node<R>,
    options?: CheckOptions,
  ): Check<Anything<K>>
  <K extends string, R extends object>(
    columns: readonly K[],
    other: Node<R>,
    otherColumns: readonly (keyof R & string)[],
    options?: CheckOptions,
  ): Check<Anything<K>>
  <K extends string, O extends string>(
    columns: K | readonly K[],
    ownColumns: O | readonly O[],
    options?: CheckOptions,
  ): Check<Anything<K | O>>
}

/**
 * A foreign key: the values of `columns` occur together in `otherColumns` of another dataset (by default under the same names), or, where no
 * dataset is given, in other columns of this one. A row with a null among `columns` passes, and so does a null there refer to nothing. Decided over the
 * whole of both datasets: rows of the other one that come or go condemn or free rows of parts that did not change. Into its own dataset, every row
 * that passed the rules about rows can be referred to, also one that is condemned. Keys are compared by 128-bit hashes; numbers agree whatever their
 * width, text in every encoding, points in time in every unit. 16 bytes a row are kept with each part (32 for its own dataset), and at most
 * 2 million keys are in memory at once. Throws `SCHEMA_MISMATCH` for columns that could never agree.
 */
export const references = named(
  callable(
    { check: 'references', arguments: ['columns', 'other?', 'otherColumns?'] },
    (given: string | readonly string[], other: unknown, there: unknown, options: CheckOptions) => {
      const columns = listOf('columns', given)
      const target = there === undefined ? columns : listOf('otherColumns', there)
      const name = `references(${columns.join(', ')}${there === undefined ? '' : ` -> ${target.join(', ')}`}${other === undefined ? ', own' : ''})`
      if (columns.length !== target.length)
        refuse(`${name}: ${columns.length} columns cannot refer to ${target.length}.`, 'Name as many columns there.')
      if (other === undefined && columns.join() === target.join())
        refuse(`${name}: every row refers to itself.`, 'Name the other dataset, or other columns of this one.')
      const parameters = { columns, otherColumns: target, own: other === undefined }
      const rule = referenceRule(name, columns, target, other === undefined)
      const check = createCheck(name, columns, parameters, options, rule)
      return other === undefined ? check : lookingAt(check, other)
    },
  ),
) as unknown as ReferencesFn

/** `references(columns, ownColumns)` and `references(columns, other, options)` leave an argument out in the middle. */
function named(call: (...given: never[]) => Check): (...given: readonly unknown[]) => Check {
  return (...given) => {
    const [columns, second, third, ...rest] = given
    const own = typeof second === 'string' || Array.isArray(second)
    const short = isNode(second) && typeof third === 'object' && !Array.isArray(third)
    const full = own ? [columns, undefined, second, third] : short ? [columns, second, undefined, third] : undefined
    return call(...((full ?? [columns, ...(given.length > 1 ? [second, third, ...rest] : [])]) as never[]))
  }
}

function listOf(argument: string, given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length > 0 && list.every((column) => typeof column === 'string')) return list as readonly string[]
  return refuse(`references: "${argument}" is ${JSON.stringify(given)}.`, 'Name one column, or a list of them.')
}

function referenceRule(
  name: string,
  columns: readonly string[],
  target: readonly string[],
  own: boolean,
): CondemningRule {
  return {
    scope: 'condemning',
    version: 1,
    collect(schema) {
      const readers = [keyReader(name, schema, columns), ...(own ? [keyReader(name, schema, target)] : [])]
      const kinds = readers.map((reader) => reader.kinds)
      if (own)
        requireAlike(name, { columns, kinds: kinds[0] ?? [] }, { name: 'it', columns: target, kinds: kinds[1] ?? [] })
      const pieces: Int32Array[][] = readers.map(() => [])
      return {
        add: (batch: Batch) => readers.forEach((reader, set) => void pieces[set]?.push(reader.words(batch))),
        finish: () => packKeys(kinds, pieces),
      }
    },
    async condemn(parts, facts) {
      const keysOf = async (part: number) => unpackKeys(await parts[part]!.partial(), parts[part]!.rows, name)
      if (own) {
        const rows = parts.reduce((sum, part) => sum + part.rows, 0)
        const keys = async function* () {
          for (let part = 0; part < parts.length; part++) yield (await keysOf(part)).words[1] as Int32Array
        }
        return { rows: await condemnMissing(name, parts, { rows, keys }) }
      }
      const other = otherOf(name, facts.others)
      const reader = keyReader(name, other.schema, target)
      for (let part = 0; part < parts.length; part++)
        requireAlike(
          name,
          { columns, kinds: (await keysOf(part)).kinds[0] ?? [] },
          { name: `"${other.name}"`, columns: target, kinds: reader.kinds },
        )
      const keys = () => keysIn(other.batches({ columns: target }), reader.words)
      return { rows: await condemnMissing(name, parts, { rows: other.rows, keys }) }
    },
  }
}
