import { TidegateError } from '../kernel/errors.ts'
import type { Hooks, Violation } from './hooks.ts'

export type HookName = keyof Hooks

/** The name under which the taps of the user's config run. */
export const configTap = 'config'

/** A registered tap, as tapable keeps it. `plugin` is set for taps made through the hooks that a plugin was given. */
interface FullTap {
  readonly name: string
  readonly type: 'sync' | 'async' | 'promise'
  readonly fn: (...given: unknown[]) => unknown
  readonly plugin?: string
  readonly stage?: number
  readonly before?: string | readonly string[]
}

const answers: Readonly<Record<HookName, readonly string[]>> = {
  beforeStep: [],
  onQualityViolation: ['halt', 'quarantine', 'drop', 'warn'],
  onLateData: ['drop', 'update', 'deadLetter', 'backfill'],
  afterStep: [],
}

/** Who answered a violation or late data: asked right after the hook has run with that very object. */
const answerers = new WeakMap<object, string>()

export function answererOf(argument: object): string {
  return answerers.get(argument) ?? 'unknown'
}

/**
 * The tap that stands in for `tap`: awaits it in whichever style it was written (also a promise out of a sync tap), reports failures as
 * `HOOK_FAILED` with `{ plugin, hook }`, lets `null` mean "no answer" (tapable would take it for one) and refuses what is no verdict.
 */
export function blame(hook: HookName, tap: FullTap): FullTap {
  const plugin = tap.plugin ?? tap.name
  const fn = async (argument: unknown): Promise<string | undefined> => {
    let answer: unknown
    try {
      answer = await call(tap, argument)
    } catch (cause) {
      const message = `${who(tap)} failed in ${hook}: ${cause instanceof Error ? cause.message : String(cause)}`
      throw new TidegateError('HOOK_FAILED', message, { data: { plugin, hook }, cause })
    }
    if (answers[hook].length === 0) return undefined
    return verdict(hook, tap, answer, argument as object)
  }
  return { ...ranked(tap), type: 'promise', fn }
}

/** Keeps the config's taps first: no other tap moves before a named one, and none reaches their stage. */
function ranked(tap: FullTap): FullTap {
  if (tap.name === configTap && tap.plugin === undefined) return tap
  const { before: _, ...rest } = tap
  return { ...rest, stage: Math.max(tap.stage ?? 0, -Number.MAX_VALUE) }
}

function call({ type, fn }: FullTap, argument: unknown): unknown {
  if (type !== 'async') return fn(argument)
  return new Promise((resolve, reject) => {
    fn(argument, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)))
  })
}

function verdict(hook: HookName, tap: FullTap, answer: unknown, argument: object): string | undefined {
  if (answer === undefined || answer === null) return undefined
  const valid = answers[hook]
  if (typeof answer !== 'string' || !valid.includes(answer)) {
    throw new TidegateError('HOOK_FAILED', `${who(tap)} answered ${quote(answer)} in ${hook}, which is no verdict`, {
      hint: `Return one of ${valid.map((name) => `'${name}'`).join(', ')}, or nothing.`,
      data: { plugin: tap.plugin ?? tap.name, hook, answer: quote(answer) },
    })
  }
  // In the fold the rows have their verdicts already: only "halt" can still change something.
  if (hook === 'onQualityViolation' && (argument as Violation).phase === 'fold' && answer !== 'halt') return undefined
  answerers.set(argument, tap.plugin ?? tap.name)
  return answer
}

function who({ name, plugin }: FullTap): string {
  if (plugin === undefined) return name === configTap ? "The config's own handler" : `The tap "${name}"`
  return plugin === name ? `Plugin ${plugin}` : `Plugin ${plugin} (its tap "${name}")`
}

function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'object' || typeof value === 'function') return `a value of type ${typeof value}`
  return String(value)
}
