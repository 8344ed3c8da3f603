import { z } from 'zod'
import { dialectShape } from './csv-dialect.ts'
import { compileDateFormat } from './date-format.ts'
import { inferOption, pathOption, streamShape } from './source-options.ts'

const datePattern = z
  .string()
  .refine(
    (pattern) => compileDateFormat(pattern) !== undefined,
    'dateFormat needs YYYY, MM (or M) and DD (or D), then HH (or H), mm, ss, S, A if you like, each once',
  )

export const csvOptions = {
  path: pathOption,
  ...dialectShape,
  /**
   * `true` (default): the first record names the columns. A list names them instead. `false`: they are those of the schema, in its order; without a
   * schema `column_1`, `column_2`, ... `'rowNames'`: the first record names all columns but the first, as R's `write.table` writes; that is `column_1`.
   */
  header: z.union([z.boolean(), z.literal('rowNames'), z.array(z.string()).min(1)]).default(true),
  /** Records that make up the header; the names of a column are joined by a space. Default 1. */
  headerRows: z.int().min(1).max(16).default(1),
  /** Lines in front of the header (titles, remarks) that are no part of the table. Default 0. */
  skip: z.int().min(0).default(0),
  /** Only these lines of the file, both included, counted from 1: one of several tables, or all but a footer. `skip` counts from the first of them. */
  lines: z
    .strictObject({ from: z.int().min(1).default(1), to: z.int().min(1).optional() })
    .refine(({ from, to }) => to === undefined || to >= from, 'lines.to must not lie before lines.from')
    .optional(),
  /** Mark between groups of three digits: `1,234.5` with `,`. Default: there is none, and such a cell is no number. */
  thousands: z.enum([',', '.', ' ', "'", '_']).optional(),
  /**
   * Records of another width than the header. `reject` (default): set aside. `pad`: cells that are missing at the end are absent. `trim`: cells beyond
   * the header are left out. `fit`: both.
   */
  ragged: z.enum(['reject', 'pad', 'trim', 'fit']).default('reject'),
  /**
   * Without a schema: which records the types are inferred from. `whole` (default): all of them, which reads each file once more, at the first run
   * only. `{ rows }`: the first of each file.
   */
  infer: inferOption,
  /** Leaves out spaces and tabs around cells without quotes and around quotes. Default `false`: they belong to the cell. */
  trim: z.boolean().default(false),
  /** Pattern of dates and timestamps, such as `DD.MM.YYYY`; an object gives one to each column by name. Default: ISO 8601. */
  dateFormat: z.union([datePattern, z.record(z.string(), datePattern)]).optional(),
  ...streamShape,
}

export type CsvOptions = z.output<z.ZodObject<typeof csvOptions>>
