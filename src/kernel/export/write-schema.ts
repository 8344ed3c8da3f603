import type { z } from 'zod'
import { describeZod } from '../../plugins/defaults/checks/zod-description.ts'
import { columnSchema } from '../config/inline-schema.ts'
import type { Json } from '../context.ts'
import { pinnedType } from '../schema/zod-types.ts'

const words = [
  'string',
  'boolean',
  'int',
  'number',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
  'date',
  'day',
  'time',
  'timestamp',
  'binary',
]

/** The columns of a schema as words; undefined where one of them says more (refinements, tags, structs) than words can. */
export function schemaWords(schema: z.ZodObject): Json | undefined {
  const columns = Object.entries(schema.shape).map(([name, column]) => [name, columnWord(column as z.ZodType)] as const)
  if (columns.some(([, word]) => word === undefined)) return undefined
  const written = Object.fromEntries(columns) as Record<string, Json>
  const def = schema._zod.def as { readonly catchall?: unknown; readonly checks?: readonly unknown[] }
  return def.catchall === undefined && (def.checks ?? []).length === 0 ? written : undefined
}

/** A word is right when the schema that it stands for is the very same. */
function columnWord(column: z.ZodType): Json | undefined {
  const wanted = describeZod(column)
  if (column.meta() !== undefined) return undefined
  // The word `binary` stands for a type with a function of our own in it; any other function is a refinement.
  if (wanted.code.length > (wanted.text.includes('"kind":"binary"') ? 1 : 0)) return undefined
  return candidates(column).find((word) => {
    const made = columnSchema(word)
    return made !== undefined && describeZod(made).text === wanted.text
  })
}

interface Def {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly element?: z.ZodType
  readonly entries?: Readonly<Record<string, string>>
}

function candidates(column: z.ZodType): readonly Json[] {
  const def = column._zod.def as unknown as Def
  const texts = (inner: z.ZodType | undefined) =>
    (inner === undefined ? [] : candidates(inner)).filter((word) => typeof word === 'string')
  if (def.type === 'nullable') return texts(def.innerType).map((word) => `${word}?`)
  if (def.type === 'array') return texts(def.element).map((word) => `list<${word}>`)
  if (def.type === 'enum') return [Object.values(def.entries ?? {})]
  const pinned = pinnedType(def)
  if (pinned?.kind === 'decimal') return [`decimal(${pinned.precision}, ${pinned.scale})`]
  if (pinned?.kind === 'timestamp')
    return ['timestamp', `timestamp(${[pinned.unit, ...(pinned.zone === undefined ? [] : [pinned.zone])].join(', ')})`]
  return words
}
