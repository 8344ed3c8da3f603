import type { Config, ConfigFunction } from '../define/config.ts'
import { createSecret } from '../secret.ts'
import { loadError } from './load-error.ts'

export interface EvaluatedConfig {
  /** As returned: not validated yet. */
  readonly config: Config
  /** Names given to `secret(...)`, in order. */
  readonly secrets: readonly string[]
}

/** Calls a config's function for one environment, and awaits what it promises. Throws `CONFIG_THREW` when it does. */
export async function evaluateConfig(
  source: ConfigFunction | Config,
  env: string,
  file = 'the config',
): Promise<EvaluatedConfig> {
  if (typeof source !== 'function') return { config: source, secrets: [] }
  const secrets = new Set<string>()
  const secret = (name: string) => {
    if (typeof name !== 'string' || name === '') throw new TypeError('secret() needs the name of a secret')
    secrets.add(name)
    return createSecret(name)
  }
  let config: Config
  try {
    config = await source({ env, secret })
  } catch (cause) {
    throw loadError(cause, file)
  }
  return { config, secrets: [...secrets] }
}
