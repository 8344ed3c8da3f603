import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBResult } from '@duckdb/node-api'
import type * as bindings from '@duckdb/node-bindings'
import { TidegateError } from 'tidegate'

export type Api = typeof import('@duckdb/node-api')
export type Bindings = typeof bindings
export type Vector = bindings.Vector
export type {
  DuckDBConnection as Connection,
  DuckDBDataChunk as Chunk,
  DuckDBInstance as Instance,
  DuckDBResult as Result,
}

export interface Native {
  readonly api: Api
  readonly bindings: Bindings
}

let loading: Promise<Native> | undefined

/** The native module (69 MB), loaded when it is first needed. */
export function native(): Promise<Native> {
  loading ??= load()
  return loading
}

async function load(): Promise<Native> {
  try {
    const [api, bindings] = await Promise.all([import('@duckdb/node-api'), import('@duckdb/node-bindings')])
    return { api, bindings: (bindings as unknown as { readonly default: Bindings }).default }
  } catch (cause) {
    throw new TidegateError('ENGINE_FAILED', `DuckDB could not be loaded on ${process.platform}-${process.arch}`, {
      hint: 'Install @duckdb/node-api together with its optional dependencies; it ships binaries for Linux (glibc), macOS and Windows on x64 and arm64.',
      data: { platform: process.platform, arch: process.arch },
      cause,
    })
  }
}
