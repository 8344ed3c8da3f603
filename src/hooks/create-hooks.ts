import { AsyncSeriesBailHook, AsyncSeriesHook } from 'tapable'
import { blame, configTap, type HookName } from './blame.ts'
import type { Handlers, Hooks, StepEvent, StepResult } from './hooks.ts'

/** Fresh hooks for one kernel: nothing is shared between kernels. Every tap is wrapped, so that a failure names its plugin and hook. */
export function createHooks(): Hooks {
  const hooks: Hooks = {
    beforeStep: new AsyncSeriesHook<[StepEvent]>(['event'], 'beforeStep'),
    onQualityViolation: new AsyncSeriesBailHook(['violation'], 'onQualityViolation'),
    onLateData: new AsyncSeriesBailHook(['late'], 'onLateData'),
    afterStep: new AsyncSeriesHook<[StepResult]>(['result'], 'afterStep'),
  }
  for (const name of hookNames) tappable(hooks, name).intercept({ register: (tap) => blame(name, tap) })
  return hooks
}

/** In the order of a step's life. */
export const hookNames = [
  'beforeStep',
  'onQualityViolation',
  'onLateData',
  'afterStep',
] as const satisfies readonly HookName[]

/** The four hooks differ in what they pass, not in how they are tapped. */
interface Tappable {
  intercept(interceptor: { register(tap: never): unknown }): void
  tapPromise(options: { name: string; stage: number }, tap: (argument: never) => Promise<unknown>): void
  withOptions(options: { plugin: string }): unknown
  readonly taps: readonly unknown[]
}

function tappable(hooks: Hooks, name: HookName): Tappable {
  return hooks[name] as unknown as Tappable // A union of hooks cannot be tapped as one: their arguments differ.
}

/** Taps the handlers of a config. They run before every plugin's, whatever stage a plugin asks for. */
export function tapHandlers(hooks: Hooks, handlers: Handlers): void {
  for (const name of hookNames) {
    const handler = handlers[name] as ((argument: never) => unknown) | undefined
    if (!handler) continue
    tappable(hooks, name).tapPromise({ name: configTap, stage: Number.NEGATIVE_INFINITY }, async (argument) =>
      handler(argument),
    )
  }
}

/** The hooks as one plugin gets them: it can tap, and whatever name its taps carry, the plugin is named in errors. It cannot fire them. */
export function hooksFor(hooks: Hooks, plugin: string): Hooks {
  const view = (name: HookName) => tappable(hooks, name).withOptions({ plugin })
  // tapable's views lack only what fires a hook, which is the kernel's part.
  return Object.freeze(Object.fromEntries(hookNames.map((name) => [name, view(name)]))) as unknown as Hooks
}

/** True when somebody listens: lets the engine decide a verdict without waiting where nobody could answer. */
export function isTapped(hooks: Hooks, name: HookName): boolean {
  return tappable(hooks, name).taps.length > 0
}
