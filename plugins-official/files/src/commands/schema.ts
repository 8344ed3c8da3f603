import { availableParallelism } from 'node:os'
import { type Command, typeName } from 'tidegate'
import { type InputOptions, openInput, schemaOf } from './input.ts'
import { zodText } from './zod-text.ts'

const sources = {
  declared: 'declared by --schema',
  file: 'stated by the file',
  inferred: 'found by reading the values',
} as const

/** `tidegate schema <file>`: columns, types, nullability, and where these are known from; `--zod` prints a schema to paste. */
export const schema: Command<InputOptions & { readonly zod?: boolean }> = async ([word = ''], options, context) => {
  const { screen, signal } = context
  const input = await openInput(word, options, context, { memory: 512e6, threads: availableParallelism() })
  try {
    const { schema: found, from } = await schemaOf(input, signal)
    if (options.zod === true && !screen.json) {
      screen.lines(...zodText(found))
      return 0
    }
    if (screen.json) {
      const fields = found.fields.map(({ name, type, nullable, format }) => ({
        name,
        type: typeName(type),
        nullable,
        ...(format === undefined ? {} : { format }),
      }))
      const zod = options.zod === true ? { zod: zodText(found).join('\n') } : {}
      screen.record({ file: input.path, format: input.format.name, parts: input.parts.length, from, fields, ...zod })
      return 0
    }
    const { paint } = screen
    const parts = input.parts.length === 1 ? '' : `, ${input.parts.length} files`
    screen.lines(
      `${paint.bold(input.path)}  ${input.format.name}${parts}, ${found.fields.length} columns, ${paint.dim(sources[from])}`,
      '',
    )
    screen.table(
      [
        { title: 'column', least: 12 },
        { title: 'type', least: 12 },
        { title: 'nullable' },
        { title: 'written as', optional: true },
      ],
      found.fields.map(({ name, type, nullable, format }) => [
        name,
        typeName(type),
        nullable ? 'yes' : 'no',
        format ?? '',
      ]),
    )
    return 0
  } finally {
    await input.close()
  }
}
