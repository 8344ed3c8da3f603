import { z } from 'zod'
import { dialectShape } from './csv-dialect.ts'
import { compileDateFormat } from './date-format.ts'
import { pathOption, streamShape } from './source-options.ts'

export const csvOptions = {
  path: pathOption,
  ...dialectShape,
  /** `true` (default): the first record names the columns. A list names them instead. `false`: they are those of the schema, in its order. */
  header: z.union([z.boolean(), z.array(z.string()).min(1)]).default(true),
  /** Leaves out spaces and tabs around cells without quotes and around quotes. Default `false`: they belong to the cell. */
  trim: z.boolean().default(false),
  /** Pattern of dates and timestamps, such as `DD.MM.YYYY`. Default: ISO 8601. */
  dateFormat: z
    .string()
    .refine(
      (pattern) => compileDateFormat(pattern) !== undefined,
      'dateFormat needs YYYY, MM and DD (then HH, mm, ss, S if you like), each once',
    )
    .optional(),
  ...streamShape,
}

export type CsvOptions = z.output<z.ZodObject<typeof csvOptions>>
