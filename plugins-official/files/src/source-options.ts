import { type Plugin, serviceOption, TidegateError, Workspace } from 'tidegate'
import { z } from 'zod'
import { packings, sourceCompression } from './compression.ts'
import { sourceEncoding } from './encoding.ts'
import { encodingShape } from './encoding-write.ts'

/** A file, a folder, a glob, or a list of these. */
export const pathOption = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

/** Which records the types of a source without a schema are inferred from. */
export const inferOption = z.union([z.literal('whole'), z.strictObject({ rows: z.int().min(1) })]).optional()

/** A name of its own: declarations of the modules that spread it would otherwise spell out types of the kernel by its path. */
export interface PlaceOption extends z.ZodOptional<z.ZodType<Workspace, Plugin<Workspace>>> {}

/** Options of all sources and targets of files. */
export const placeShape = {
  /** Where the files lie: a workspace such as `s3({ bucket })` or `diskWorkspace({ folder })`, to which paths are relative. Default: the disk. */
  in: serviceOption(Workspace).optional() as PlaceOption,
}

/** Options of all targets that write a stream of text. */
export const textTargetShape = {
  ...placeShape,
  ...encodingShape,
  /** Packs the files. Default: by the ending of the path (`.gz`, `.zst`, `.br`), else not at all. */
  compression: z.enum([...packings, 'none']).optional(),
}

/** An option that would mean nothing is an error. @throws `CONFIG_INVALID` for `infer` beside a schema. */
export function refuseInfer(kind: string, given: { readonly infer?: unknown; readonly schema?: unknown }): void {
  if (given.infer === undefined || given.schema === undefined) return
  throw new TidegateError('CONFIG_INVALID', `${kind}: "infer" stands beside "schema", where nothing is inferred`, {
    hint: 'Leave out one of the two.',
  })
}

/** Options of all sources that read a stream of text. */
export const streamShape = {
  ...placeShape,
  compression: sourceCompression,
  encoding: sourceEncoding,
  /** A longer record is set aside instead of read. Default 16 MiB. */
  maxRecordBytes: z
    .int()
    .min(16)
    .max(128 << 20)
    .default(16 << 20),
}
