import type { z } from 'zod'
import type { Hooks } from '../hooks/hooks.ts'
import type { Awaitable } from '../kernel/context.ts'
import type { Token } from '../kernel/token.ts'

// biome-ignore lint/suspicious/noExplicitAny: a record of tokens of any services; `Given` recovers each type.
export type Needs = Readonly<Record<string, Token<any>>>

/** The instances that a record of tokens stands for. */
export type Given<N extends Needs> = { readonly [K in keyof N]: N[K] extends Token<infer T> ? T : never }

/** A plugin with its options, as it stands in a config. Inert until a kernel boots it. */
export interface Plugin<T = unknown> {
  readonly point: 'plugin'
  readonly name: string
  /** The slot it fills, if any. */
  readonly provides?: Token<T>
  readonly scope: 'kernel' | 'run'
  readonly needs: Needs
  readonly options: z.ZodObject
  /** As the user wrote them: validated at boot, all faults at once. */
  readonly given: unknown
  readonly create?: (options: never, given: never) => Awaitable<T>
  readonly setup?: (options: never, given: never) => Awaitable<void>
  /** Called at the end, in reverse order of creation. */
  readonly dispose?: (instance: T) => Awaitable<void>
}

// biome-ignore lint/suspicious/noExplicitAny: a plugin for any slot, or for none.
export type AnyPlugin = Plugin<any>

export type { Hooks }
