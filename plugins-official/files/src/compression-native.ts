import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'

export type Engine = Transform & { readonly bytesWritten: number }

/** Zstandard of node:zlib, which Node has from 22.15 on. */
interface ZstdOfNode {
  readonly createZstdDecompress?: (options: { readonly chunkSize: number }) => Engine
  readonly createZstdCompress?: (options: { readonly params: Readonly<Record<number, number>> }) => Engine
  readonly constants: { readonly ZSTD_c_checksumFlag?: number }
}

const { createZstdDecompress, createZstdCompress, constants } = zlib as unknown as ZstdOfNode

/** Undefined where the running Node has none. */
export const unpackZstdNatively = createZstdDecompress

export const packZstdNatively =
  createZstdCompress === undefined
    ? undefined
    : () => createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag ?? 201]: 1 } })
