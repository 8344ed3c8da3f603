import { z } from 'zod'
import { createHooks } from '../../../src/hooks/create-hooks.ts'
import { type BootRequest, bootServices } from '../../../src/kernel/boot/boot-services.ts'
import { TidegateError } from '../../../src/kernel/errors.ts'
import { environmentSecrets } from '../../../src/kernel/secrets/environment-secrets.ts'
import { createRedactor } from '../../../src/kernel/secrets/redactor.ts'
import { createToken, type Token } from '../../../src/kernel/token.ts'
import type { Plugin } from '../../../src/plugins/plugin.ts'
import { SecretStore } from '../../../src/plugins/secret-store.ts'

export const A = createToken<{ readonly name: string }>('acme/A')
export const B = createToken<{ readonly name: string }>('acme/B')
export const C = createToken<{ readonly name: string }>('acme/C')

/** A plugin that tells `diary` when it begins and ends. */
export function part(
  name: string,
  diary: string[],
  rest: Omit<Partial<Plugin>, 'provides'> & { provides?: Token<any> } = {},
): Plugin {
  const { provides } = rest
  const life = provides
    ? {
        create: (options: object, needs: object) => {
          diary.push(`create ${name}`)
          return { name, options, needs }
        },
      }
    : { setup: () => void diary.push(`setup ${name}`) }
  return {
    point: 'plugin',
    name,
    scope: 'kernel',
    needs: {},
    options: z.object({}),
    given: undefined,
    dispose: () => void diary.push(`dispose ${name}`),
    ...life,
    ...rest,
  } as Plugin
}

export function secretsFrom(variables: Record<string, string>): Plugin {
  return {
    point: 'plugin',
    name: 'environment',
    provides: SecretStore,
    scope: 'kernel',
    needs: {},
    options: z.object({}),
    given: {},
    create: () => environmentSecrets(variables),
  } as Plugin
}

export function boot(plugins: readonly Plugin[], request: Partial<BootRequest> = {}) {
  return bootServices(plugins, { hooks: createHooks(), redactor: createRedactor(), ...request })
}

/** The error that a promise ends with. */
export async function failure(promise: Promise<unknown>): Promise<TidegateError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof TidegateError) return error
    throw error
  }
  throw new Error('did not fail')
}
