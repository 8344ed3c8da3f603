import { z } from 'zod'
import type { MendCells, Repair } from '../../plugins/repair.ts'
import { faultsError } from '../boot/fault.ts'
import { validateOptions } from '../boot/validate-options.ts'
import { TidegateError } from '../errors.ts'
import { byRow } from '../gate/repair-plan.ts'
import { canonicalJson } from '../hash/canonical-json.ts'
import { fromZod } from '../schema/from-zod.ts'
import { resolveSchema } from '../schema/resolve.ts'
import type { Cell } from '../table-types.ts'
import { type Field, type LogicalType, type TableSchema, typeName } from '../types.ts'
import { marked } from './made-by.ts'
import type { Arguments, NoOptions, OptionsOf } from './plugin.ts'

/** Options of every repair. */
export interface RepairOptions {
  /** The columns whose cells it mends; without them, those of the check. */
  readonly columns?: string | readonly string[]
}

/** `iban({ country: 'CH', columns: 'account' })`; with arguments also `clamp(0, 10, { columns: 'share' })`. */
export type RepairFactory<O extends z.ZodObject, A extends readonly string[] = readonly []> = (
  ...given: RepairArguments<OptionsOf<O>, A>
) => Repair
type RepairArguments<I, A extends readonly string[]> =
  | Arguments<I & RepairOptions>
  | (A extends readonly []
      ? never
      : [
          ...{ -readonly [K in keyof A]: A[K] extends keyof I ? I[A[K]] : never },
          options?: Omit<I, A[number]> & RepairOptions,
        ])

interface RepairDefinition<O extends z.ZodObject, A extends readonly string[]> {
  /** `acme/iban`: as reasons, records of repairs and plans name it. */
  readonly name: string
  readonly options?: O
  /** Changes whenever equal options would give something else; default 1. For code of the project its fingerprint does that. */
  readonly version?: number
  /** Options that may be given in this order instead of by name: `['min', 'max']` allows `clamp(0, 10)`. */
  readonly arguments?: A
}

/** Cell by cell. */
interface ByCell<C extends z.ZodType, O extends z.ZodObject> {
  /** What a cell must be: `z.string()`. Absent cells stay absent unless it is nullable. */
  readonly cells: C
  /** What the cell becomes; null makes it absent. With a third parameter it is also given the row as it came. */
  readonly cell: (value: Cell<C>, options: z.output<O>, row: Readonly<Record<string, unknown>>) => Cell<C> | null
}

/** Column by column: for many failing rows. */
interface ByColumn<O extends z.ZodObject> {
  /** Kinds of types it mends; without them any. `needs` says so in words: `text`. */
  readonly kinds?: readonly LogicalType['kind'][]
  readonly needs?: string
  readonly column: (field: Field, options: z.output<O>, schema: TableSchema) => MendCells
}

/**
 * Makes a repair. It must be pure: equal cells, rows and options always give the same cell.
 *
 * ```ts
 * const iban = defineRepair({
 *   name: 'acme/iban',
 *   cells: z.string(),
 *   cell: (text) => text.replaceAll(' ', '').toUpperCase(),
 * })
 * expect: [matches('account', /^[A-Z]{2}\d+$/, { verdict: { repair: iban() } })]
 * ```
 */
export function defineRepair<
  C extends z.ZodType,
  O extends z.ZodObject = NoOptions,
  const A extends readonly string[] = readonly [],
>(def: RepairDefinition<O, A> & ByCell<C, O> & { readonly column?: never }): RepairFactory<O, A>
export function defineRepair<O extends z.ZodObject = NoOptions, const A extends readonly string[] = readonly []>(
  def: RepairDefinition<O, A> & ByColumn<O> & { readonly cell?: never; readonly cells?: never },
): RepairFactory<O, A>
export function defineRepair(
  def: RepairDefinition<z.ZodObject, readonly string[]> &
    (Partial<ByCell<z.ZodType, z.ZodObject>> & Partial<ByColumn<z.ZodObject>>),
): (...given: readonly unknown[]) => Repair {
  const type = def.cells === undefined ? undefined : typeOf(def.cells)
  const names = def.arguments ?? []
  const reads = def.cell !== undefined && def.cell.length !== 1 && def.cell.length !== 2 ? 'row' : 'cell'
  const factory = (...args: readonly unknown[]): Repair => {
    const { columns, ...rest } = byName(def.name, names, args)
    const { options, faults } = validateOptions(def.options ?? z.object({}), rest, `${def.name}()`)
    if (options === undefined) throw faultsError(faults)
    const own = columnsOf(def.name, columns)
    const words = Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
    const shown = words.map(([key, value]) => {
      const text =
        typeof value === 'string' ? `'${value}'` : typeof value === 'object' ? canonicalJson(value) : String(value)
      return names.includes(key) ? text : `${key}: ${text}`
    })
    const repair: Repair = {
      point: 'repair',
      name: `${def.name}(${shown.join(', ')})`,
      version: def.version ?? 1,
      parameters: plainJson(options),
      ...(own === undefined ? {} : { columns: own }),
      reads,
      definition: [...(def.cell === undefined ? [] : [def.cell]), ...(def.column === undefined ? [] : [def.column])],
      compile(field, schema) {
        if (def.column !== undefined) {
          requireKind(field, def.kinds, def.needs ?? 'another type')
          return def.column(field, options, schema)
        }
        const { kinds, nullable, needs } = type as NonNullable<typeof type>
        requireKind(field, kinds, needs)
        return cellByCell(def.cell as CellFunction, options, nullable, reads)
      },
    }
    // Hidden: what it was made with, for those who write it down again.
    return Object.freeze(
      Object.defineProperty(repair, given, {
        value: { definition: def, options: { ...rest, ...(own === undefined ? {} : { columns: own }) } },
      }),
    )
  }
  return marked(factory, def)
}

const given = Symbol.for('tidegate/repair@1')

/** The definition of a repair, as its factory is marked with it, and the options that it was given, by name. */
export function madeRepair(
  repair: Repair,
): { readonly definition: unknown; readonly options: Readonly<Record<string, unknown>> } | undefined {
  return (repair as { readonly [given]?: ReturnType<typeof madeRepair> })[given]
}

type CellFunction = (value: unknown, options: unknown, row?: unknown) => unknown

function cellByCell(mend: CellFunction, options: unknown, nullable: boolean, reads: Repair['reads']): MendCells {
  const one = (value: unknown, row?: unknown) => (value === null && !nullable ? null : mend(value, options, row))
  if (reads === 'row') return byRow(one)
  return (cells) => Array.from({ length: cells.length }, (_, i) => one(cells.at(i)))
}

/** Arguments in order, with more options behind them, or one object with all by name. */
function byName(
  name: string,
  names: readonly string[],
  args: readonly unknown[],
): Readonly<Record<string, unknown>> & { readonly columns?: unknown } {
  const [only] = args
  if (args.length <= 1 && (only === undefined || (isPlain(only) && (names.length === 0 || !isAlone(only, names)))))
    return { ...(only as object | undefined) }
  const more = args[names.length]
  if (args.length > names.length + 1 || (more !== undefined && !isPlain(more)))
    throw new TidegateError('CONFIG_INVALID', `${name}: it was given ${args.length} arguments`, {
      hint:
        names.length === 0 ? 'Its options are one object.' : `Its arguments are ${names.join(', ')}, and then options.`,
    })
  return {
    ...Object.fromEntries(names.flatMap((key, i) => (args[i] === undefined ? [] : [[key, args[i]]]))),
    ...(more as object),
  }
}

/** The first argument itself, where it is an object that names none of the options. */
function isAlone(value: object, names: readonly string[]): boolean {
  const keys = Object.keys(value)
  return !keys.includes(names[0] as string) && !keys.includes('columns')
}

/** Numbers that JSON does not know, and 64-bit integers, as text. */
function plainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return value.map(plainJson)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainJson(inner)]))
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function columnsOf(name: string, columns: unknown): readonly string[] | undefined {
  if (columns === undefined) return undefined
  const listed: readonly unknown[] = Array.isArray(columns) ? columns : [columns]
  if (listed.length > 0 && listed.every((column) => typeof column === 'string')) return [...new Set(listed as string[])]
  throw new TidegateError('CONFIG_INVALID', `${name}: its columns are ${JSON.stringify(columns)}`, {
    hint: 'Name a column, or a list of columns.',
  })
}

function typeOf(cells: z.ZodType) {
  const [field] = resolveSchema(fromZod(z.object({ '': cells })), undefined).schema.fields as [Field]
  const { kind } = field.type
  const family = families.find((kinds) => kinds.includes(kind)) ?? [kind]
  return { kinds: family, nullable: field.nullable, needs: typeName(field.type) }
}

/** Types of which code sees the same: numbers, and instants. */
const families: readonly (readonly LogicalType['kind'][])[] = [
  ['int', 'float', 'decimal'],
  ['date', 'timestamp'],
]

function requireKind(field: Field, kinds: readonly LogicalType['kind'][] | undefined, needs: string): void {
  if (kinds === undefined || field.type.kind === 'null' || kinds.includes(field.type.kind)) return
  throw new TidegateError('SCHEMA_MISMATCH', `"${field.name}" is ${typeName(field.type)}, but it mends ${needs}`, {
    hint: 'Name the columns to be mended with the option columns, or take another repair.',
    data: { column: field.name, type: typeName(field.type) },
  })
}
