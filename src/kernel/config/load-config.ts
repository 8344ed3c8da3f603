import { dirname } from 'node:path'
import type { Fault } from '../boot/fault.ts'
import type { Config, ConfigFunction } from '../define/config.ts'
import { TidegateError } from '../errors.ts'
import { buildDocument } from './build-document.ts'
import { findConfig } from './find-config.ts'
import { importModule } from './import-module.ts'
import type { Registry } from './registry.ts'

export interface LoadedConfig {
  /** What the file exports: evaluated for one environment by the kernel. */
  readonly source: ConfigFunction | Config
  /** Absolute path. */
  readonly file: string
  /** Of the file: relative paths in options are relative to it. */
  readonly folder: string
  /** What is wrong in a YAML or JSON document; reported with everything else that is wrong. */
  readonly faults: readonly Fault[]
}

export interface LoadRequest {
  readonly cwd: string
  /** Named instead of looked for; relative to `cwd`. */
  readonly file?: string
  /** What documents may name; the core names by default. */
  readonly registry?: Registry
}

/** Finds and loads a config. Throws `CONFIG_NOT_FOUND`, `CONFIG_THREW`, `PLUGIN_NOT_FOUND` or `CONFIG_INVALID`. */
export async function loadConfig(request: LoadRequest): Promise<LoadedConfig> {
  const found = await findConfig(request)
  const { file } = found
  const folder = dirname(file)
  if (found.kind === 'document') {
    const registry = request.registry ?? (await import('./registry.ts')).coreRegistry
    return { file, folder, ...(await buildDocument(found.document, { folder, registry })) }
  }
  const module = await importModule(file)
  const source = module['default']
  if (typeof source === 'function' || (typeof source === 'object' && source !== null)) {
    return { file, folder, faults: [], source: source as ConfigFunction | Config } // The value is validated by the kernel.
  }
  const exported = Object.keys(module).filter((name) => name !== 'default')
  const others = exported.length === 0 ? 'exports nothing' : `exports ${exported.join(', ')}, but no default`
  throw new TidegateError(
    'CONFIG_INVALID',
    `${file} ${source === undefined ? others : 'has a default export that is no config'}`,
    {
      hint: 'Write `export default defineConfig(({ env, secret }) => ({ pipelines: { ... } }))`.',
      data: { file },
    },
  )
}
