import { availableParallelism } from 'node:os'
import type { Config } from '../define/config.ts'
import { parseBytes, parseDuration } from './units.ts'

/** The plain settings of a config, with defaults filled in. */
export interface Settings {
  /** Bytes, for all data at once. */
  readonly memory: number
  readonly threads: number
  readonly batchRows: number
  readonly concurrency: number
  readonly durability: 'power' | 'process'
  /** `grace` in milliseconds. */
  readonly retain: { readonly entries: number; readonly grace: number }
  readonly seed: number
}

/** Of a validated config. */
export function settingsOf(config: Config): Settings {
  return {
    memory: parseBytes(config.memory ?? '1GB'),
    threads: config.threads ?? availableParallelism(),
    batchRows: config.batchRows ?? 65_536,
    concurrency: config.concurrency ?? availableParallelism(),
    durability: config.durability ?? 'power',
    retain: { entries: config.retain?.entries ?? 10, grace: parseDuration(config.retain?.grace ?? '1h') },
    seed: config.seed ?? 0,
  }
}
