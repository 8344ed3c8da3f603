import type { z } from 'zod'
import { isNumeric } from '../columns/conversion.ts'
import { TidegateError } from '../errors.ts'
import { type Field, type LogicalType, sameType, types } from '../types.ts'
import type { FieldSpec } from './field-spec.ts'
import { pinnedType } from './zod-types.ts'

type Def = { readonly type: string; readonly [key: string]: unknown }
export type Plain = string | number | boolean
/** A spec without the parts that its wrappers (`nullable`, `default`, `meta`) decide. */
export type Core = Pick<FieldSpec, 'settle' | 'natural' | 'constrained'> &
  Partial<Pick<FieldSpec, 'sees' | 'values' | 'nullable'>>

type SpecOf = (name: string, schema: z.ZodType, path: string) => FieldSpec

/** What the innermost schema of a field says; `spec` reads the fields and elements of nested ones. */
export function coreOf(schema: z.ZodType, path: string, spec: SpecOf): Core {
  const def = defOf(schema)
  const constrained = ((def['checks'] as readonly unknown[] | undefined) ?? []).some(
    (check) => formatOf(check) === undefined,
  )
  const pin = pinnedType(def)
  if (pin !== undefined) return { ...only(pin), constrained: constrained && pin.kind !== 'int' }
  if (def['coerce'] === true)
    throw unsupported(path, 'coercion', 'Declare the type alone; values are converted by the schema, not by zod.')
  switch (def.type) {
    case 'string':
      return {
        ...text(def['format'] as string | undefined),
        constrained: constrained || (def['format'] !== undefined && !temporal.has(def['format'] as string)),
      }
    case 'number':
      return { ...numeric(formatOf(def) ?? checkFormat(def)), constrained }
    case 'bigint':
      return { ...whole(def['format'] as string | undefined), constrained }
    case 'boolean':
      return only(types.boolean)
    case 'date':
      return { ...pointInTime(types.timestamp('ms')), constrained }
    case 'enum':
      return ofValues(enumValues(def['entries'] as Readonly<Record<string, Plain>>), path)
    case 'literal':
      return ofValues(def['values'] as readonly unknown[], path)
    case 'array':
      return { ...listOf(spec(path, def['element'] as z.ZodType, `${path}[]`)), constrained }
    case 'object':
      return structOf(
        Object.entries(def['shape'] as Record<string, z.ZodType>).map(([name, field]) =>
          spec(name, field, `${path}.${name}`),
        ),
      )
    case 'custom':
      if ((schema._zod.bag as { readonly Class?: unknown }).Class === Uint8Array)
        return { ...only(types.binary), constrained }
      throw unsupported(path, 'custom', 'Only z.instanceof(Uint8Array) and the types of "tidegate" are columns.')
    default:
      throw unsupported(path, def.type, hints[def.type] ?? 'See the types page for what a column can be.')
  }
}

const hints: Readonly<Record<string, string>> = {
  union: 'A column has one type; for a value or nothing write .nullable().',
  pipe: 'Transform values in a step, and declare what it returns.',
  catch: 'Let a check set such rows aside, or repair them in a step.',
  any: 'Declare the type of the column.',
  unknown: 'Declare the type of the column.',
}

const temporal: ReadonlySet<string> = new Set(['date', 'datetime', 'time'])

function only(type: LogicalType): Core {
  return {
    natural: type,
    settle: (found) => (sameType(found, type) ? found : undefined),
    constrained: false,
    ...(is64(type) ? { sees: 'bigint' } : {}),
  }
}

function is64(type: LogicalType): boolean {
  return type.kind === 'int' && type.bits === 64
}

function keeping(natural: LogicalType, kept: (type: LogicalType) => boolean): Core {
  return { natural, settle: (type) => (kept(type) ? type : undefined), constrained: false }
}

function pointInTime(natural: LogicalType): Core {
  return keeping(natural, ({ kind }) => kind === 'date' || kind === 'timestamp')
}

function text(format: string | undefined): Core {
  if (format === 'date') return pointInTime(types.date)
  if (format === 'datetime') return pointInTime(types.timestamp('ms'))
  if (format === 'time') return keeping(types.time('ms'), ({ kind }) => kind === 'time')
  return only(types.string)
}

function numeric(format: string | undefined): Core {
  if (format === 'int32' || format === 'uint32' || format === 'float32' || format === 'float64')
    return only(types[format])
  if (format === 'safeint') return keeping(types.int64, ({ kind }) => kind === 'int')
  return keeping(types.float64, isNumeric)
}

function whole(format: string | undefined): Core {
  if (format === 'int64' || format === 'uint64') return only(types[format])
  return { ...keeping(types.int64, is64), sees: 'bigint' }
}

function ofValues(all: readonly unknown[], path: string): Core {
  const values = all.filter((value): value is Plain => value !== null && value !== undefined)
  const kinds = new Set(values.map((value) => typeof value))
  const [kind] = kinds
  if (kinds.size !== 1 || (kind !== 'string' && kind !== 'number' && kind !== 'boolean')) {
    throw unsupported(
      path,
      `literals of ${[...kinds].join(' and ') || 'nothing'}`,
      'A column has one type: text, numbers or booleans.',
    )
  }
  const core = kind === 'string' ? only(types.string) : kind === 'boolean' ? only(types.boolean) : numeric(undefined)
  return { ...core, values, constrained: true, nullable: values.length < all.length }
}

/** A TypeScript enum of numbers also maps back from number to name. */
function enumValues(entries: Readonly<Record<string, Plain>>): readonly Plain[] {
  const numbers = new Set(Object.values(entries).filter((value) => typeof value === 'number'))
  return Object.entries(entries)
    .filter(([name]) => !numbers.has(Number(name)))
    .map(([, value]) => value)
}

function listOf(element: FieldSpec): Core {
  return {
    natural: types.list(element.natural),
    settle: (type) => {
      const of = type.kind === 'list' ? element.settle(type.of) : undefined
      return of === undefined ? undefined : types.list(of)
    },
    constrained: element.constrained,
    ...(element.sees === undefined ? {} : { sees: element.sees }),
  }
}

function structOf(specs: readonly FieldSpec[]): Core {
  const field = ({ name, nullable, sees, meta }: FieldSpec, type: LogicalType): Field => ({
    name,
    type,
    nullable,
    ...(sees === undefined ? {} : { sees }),
    ...(meta === undefined ? {} : { meta }),
  })
  return {
    natural: types.struct(specs.map((spec) => field(spec, spec.natural))),
    settle: (type) => {
      if (type.kind !== 'struct' || type.fields.length !== specs.length) return undefined
      const settled = specs.map((spec) => {
        const found = type.fields.find(({ name }) => name === spec.name)
        const kept = found === undefined ? undefined : spec.settle(found.type)
        return kept === undefined ? undefined : field(spec, kept)
      })
      return settled.every((kept) => kept !== undefined) ? types.struct(settled) : undefined
    },
    constrained: specs.some(({ constrained }) => constrained),
  }
}

export function defOf(schema: z.ZodType): Def {
  return schema._zod.def as unknown as Def
}

function formatOf(holder: unknown): string | undefined {
  const def = ((holder as { readonly _zod?: { readonly def: Def } })._zod?.def ?? holder) as Def
  return def['check'] === 'number_format' ? (def['format'] as string) : undefined
}

function checkFormat(def: Def): string | undefined {
  return ((def['checks'] as readonly unknown[] | undefined) ?? []).map(formatOf).find((format) => format !== undefined)
}

export function unsupported(path: string, kind: string, hint: string): TidegateError {
  return new TidegateError(
    'CONFIG_INVALID',
    `Field "${path}" of a schema is a zod ${kind}, which is no type of a column.`,
    { hint, data: { field: path, kind } },
  )
}
