import { pathOption, placeShape } from '@tidegate/files/toolkit'
import { z } from 'zod'
import { parseRange } from './reference.ts'

export const excelOptions = z.strictObject({
  /** A file, a folder, a glob, or a list of these. */
  path: pathOption,
  ...placeShape,
  /** Name of the sheet, or its number from 1. Default: the first one that is not hidden. */
  sheet: z.union([z.string().min(1), z.int().min(1)]).optional(),
  /** Where the table stands, header included: `B3:F100`, `B3` (all from there on), `B:F`. Default: the whole sheet. */
  range: z
    .string()
    .refine((text) => parseRange(text) !== undefined, 'range must look like B3:F100, B3 or B:F')
    .optional(),
  /**
   * `true` (default): the first row that holds anything names the columns. A list names them instead. `false`: they are called by their letters, as
   * many as the first row has cells.
   */
  header: z.union([z.boolean(), z.array(z.string().min(1)).min(1)]).default(true),
  /**
   * Rows without any value. `skip`: they are no rows. `keep`: they are, up to the last row that the file mentions. `auto` (default): kept in
   * workbooks that Tidegate wrote, skipped in others, where they are left over from formatting.
   */
  emptyRows: z.enum(['auto', 'skip', 'keep']).default('auto'),
})

export type ExcelOptions = z.output<typeof excelOptions>
