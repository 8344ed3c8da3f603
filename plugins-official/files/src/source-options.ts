import { z } from 'zod'

/** A file, a folder, a glob, or a list of these. */
export const pathOption = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

/** Options of all sources that read a stream of text. */
export const streamShape = {
  /** `auto` (default): gzip is recognised by its first bytes. */
  compression: z.enum(['auto', 'gzip', 'none']).default('auto'),
  /** A longer record is set aside instead of read. Default 16 MiB. */
  maxRecordBytes: z
    .int()
    .min(16)
    .max(128 << 20)
    .default(16 << 20),
}
