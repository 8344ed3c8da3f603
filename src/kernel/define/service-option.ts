import { z } from 'zod'
import type { Plugin } from '../../plugins/plugin.ts'
import type { Token } from '../token.ts'
import { isPlugin } from './plugin.ts'

/**
 * An option that is a service: `z.object({ in: serviceOption(Workspace).optional() })` accepts what a `provide(Workspace, ...)` factory returns, as
 * in `csv({ path: 'raw/*.csv', in: s3({ bucket: 'raw' }) })`; what `create` receives is the instance. The plugin fills no slot. Its options are
 * checked at boot with all others, its secrets resolved, its `needs` given; it is created at its first use, once for each plugin value and kernel,
 * and disposed with the kernel. In recipes and exports it stands as its name and its options, secrets as references.
 */
export function serviceOption<T>(token: Token<T>): z.ZodType<T, Plugin<T>> {
  const fits = (value: unknown) => isPlugin(value) && value.provides?.key === token.key
  const error = ({ input }: { readonly input?: unknown }) =>
    typeof input === 'function'
      ? `expected a plugin that provides ${token.name}, got a function: call it with its options`
      : `expected a plugin that provides ${token.name}`
  // The kernel puts the instance in the plugin's place just before `create`, as it does with secrets.
  return z.custom(fits, { error }) as unknown as z.ZodType<T, Plugin<T>>
}
