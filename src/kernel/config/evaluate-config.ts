import type { Config, ConfigFunction } from '../define/config.ts'
import { TidegateError } from '../errors.ts'
import { createSecret } from '../secret.ts'
import { loadError } from './load-error.ts'

export interface EvaluatedConfig {
  /** As returned: not validated yet. */
  readonly config: Config
  /** Names given to `secret(...)`, in order. */
  readonly secrets: readonly string[]
}

/** Calls a config's function for one environment. Throws `CONFIG_THREW` when it does, `CONFIG_INVALID` for a promise. */
export function evaluateConfig(source: ConfigFunction | Config, env: string, file = 'the config'): EvaluatedConfig {
  if (typeof source !== 'function') return { config: source, secrets: [] }
  const secrets = new Set<string>()
  const secret = (name: string) => {
    if (typeof name !== 'string' || name === '') throw new TypeError('secret() needs the name of a secret')
    secrets.add(name)
    return createSecret(name)
  }
  let config: Config
  try {
    config = source({ env, secret })
  } catch (cause) {
    throw loadError(cause, file)
  }
  if (config instanceof Promise) {
    config.catch(() => {}) // Reported here already; without this it would end the process as an unhandled rejection.
    throw new TidegateError('CONFIG_INVALID', `${file}: the config's function returned a promise`, {
      hint: 'Make it a plain function: await before defineConfig, at the top of the module.',
      data: { file },
    })
  }
  return { config, secrets: [...secrets] }
}
