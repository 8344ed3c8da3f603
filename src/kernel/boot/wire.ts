import type { AnyPlugin, Needs } from '../../plugins/plugin.ts'
import { SecretStore } from '../../plugins/secret-store.ts'
import type { AnyToken } from '../container.ts'
import { secretNames } from '../secrets/resolve-secrets.ts'
import type { Fault } from './fault.ts'
import { servicesIn } from './option-services.ts'

/** Needs of something that is no plugin: the kind of a node. */
export interface Demand {
  readonly where: string
  readonly needs: Needs
  /** `kernel`: of a plugin in an option, which outlives runs. Default `run`. */
  readonly scope?: 'kernel'
}

export interface WireRequest {
  readonly plugins: readonly AnyPlugin[]
  /** Fill the slots that no plugin fills. */
  readonly defaults: readonly AnyPlugin[]
  /** Tokens whose values are there already, for the kernel and for each run. */
  readonly kernelValues: readonly AnyToken[]
  readonly runValues: readonly AnyToken[]
  readonly demands: readonly Demand[]
  readonly where: (plugin: AnyPlugin) => string
}

export interface Wiring {
  /** What to create and to set up, providers before those who need them. Only meaningful without faults. */
  readonly kernel: readonly AnyPlugin[]
  readonly run: readonly AnyPlugin[]
  /** The plugin behind the secret store and all it needs: created first, so that missing secrets are known before anything else is created. */
  readonly secretChain: readonly AnyPlugin[]
  readonly faults: readonly Fault[]
}

/** Finds who gives what to whom, and everything that is wrong with it; creates nothing. */
export function wire(request: WireRequest): Wiring {
  const faults: Fault[] = []
  const fault = (where: string, message: string, hint: string) =>
    faults.push({ code: 'BOOT_FAILED', where, message, hint })
  const { providers, active } = fillSlots(request, fault)
  const kernelValues = new Set(request.kernelValues.map(({ key }) => key))
  const runValues = new Set(request.runValues.map(({ key }) => key))

  const check = (where: string, needs: Needs, scope: 'kernel' | 'run') => {
    for (const [name, token] of Object.entries(needs)) {
      const provider = providers.get(token.key)
      if (scope === 'kernel' && (provider ? provider.scope === 'run' : runValues.has(token.key))) {
        const maker = provider ? `${provider.name} makes` : 'is made'
        fault(
          where,
          `lives as long as the kernel but needs "${name}" (${token.name}), which ${maker} anew for each run`,
          "Give it the scope 'run'.",
        )
      } else if (!provider && !kernelValues.has(token.key) && !runValues.has(token.key)) {
        fault(where, `needs "${name}" (${label(token)}), and nothing provides it`, missingHint(token, providers))
      }
    }
  }
  for (const plugin of active) {
    const where = request.where(plugin)
    check(where, plugin.needs, plugin.scope)
    for (const inner of servicesIn(plugin.given, where)) check(inner.where, inner.plugin.needs, 'kernel')
    if (plugin.setup && plugin.scope === 'run')
      fault(where, "taps hooks but has the scope 'run'", "Give it the scope 'kernel'.")
    if (plugin.setup && 'hooks' in plugin.needs)
      fault(where, 'names a need "hooks"', 'Rename the need: setup always receives the hooks under that name.')
  }
  for (const { where, needs, scope = 'run' } of request.demands) check(where, needs, scope)

  const walk = createWalk(providers, (circle) => {
    const [first] = circle
    const path = [...circle, first!].map(({ name }) => name).join(' -> ')
    const secret = circle.find(
      ({ given, provides }) => provides?.key === SecretStore.key || secretNames(given).length > 0,
    )
    const hint = secret
      ? 'The secret store, and what it needs, cannot take their own options from it.'
      : 'Break the circle: one of them has to do without the other.'
    fault(request.where(first!), `plugins need each other in a circle: ${path}`, hint)
  })
  const order = walk.from(active)
  const store = providers.get(SecretStore.key)
  const kernel = order.filter(({ scope }) => scope === 'kernel')
  return {
    kernel: [...kernel.filter(({ provides }) => provides), ...kernel.filter(({ provides }) => !provides)],
    run: order.filter(({ scope }) => scope === 'run'),
    secretChain: store ? createWalk(providers, () => {}).from([store]) : [],
    faults,
  }
}

type Report = (where: string, message: string, hint: string) => void

function fillSlots({ plugins, defaults, kernelValues, where }: WireRequest, fault: Report) {
  const providers = new Map<symbol, AnyPlugin>()
  for (const plugin of plugins) {
    if (!plugin.provides) continue
    const other = providers.get(plugin.provides.key)
    if (other)
      fault(where(plugin), `${plugin.name} and ${other.name} both provide ${plugin.provides.name}`, 'Keep one of them.')
    else providers.set(plugin.provides.key, plugin)
  }
  const given = new Set(kernelValues.map(({ key }) => key))
  const used = defaults.filter(({ provides }) => !provides || !(providers.has(provides.key) || given.has(provides.key)))
  for (const plugin of used) if (plugin.provides) providers.set(plugin.provides.key, plugin)
  return { providers, active: [...used, ...plugins] }
}

/** Depth first: providers come before those who need them, otherwise in the order given; every circle is reported once. */
function createWalk(providers: ReadonlyMap<symbol, AnyPlugin>, onCircle: (circle: readonly AnyPlugin[]) => void) {
  const done = new Set<AnyPlugin>()
  const path: AnyPlugin[] = []
  const visit = (plugin: AnyPlugin): void => {
    if (done.has(plugin)) return
    const at = path.indexOf(plugin)
    if (at >= 0) {
      onCircle(path.slice(at))
      return
    }
    path.push(plugin)
    for (const token of tokensOf(plugin)) {
      const provider = providers.get(token.key)
      if (provider) visit(provider)
    }
    path.pop()
    done.add(plugin)
  }
  return {
    from(plugins: readonly AnyPlugin[]): AnyPlugin[] {
      plugins.forEach(visit)
      return [...done]
    },
  }
}

/** What a plugin and the plugins in its options need; secrets in its options come out of the secret store. */
function tokensOf(plugin: AnyPlugin): readonly AnyToken[] {
  const inner = servicesIn(plugin.given).flatMap((service): AnyToken[] => Object.values(service.plugin.needs))
  const needs: readonly AnyToken[] = [...Object.values(plugin.needs), ...inner]
  return secretNames(plugin.given).length === 0 ? needs : [SecretStore, ...needs]
}

function missingHint(token: AnyToken, providers: ReadonlyMap<symbol, AnyPlugin>): string {
  for (const { provides } of providers.values()) {
    if (provides?.name === token.name)
      return `There is ${label(provides)}, another version of that contract: update the older plugin.`
  }
  return `Add a plugin that provides ${token.name}.`
}

/** `acme/Clock@1` */
function label(token: AnyToken): string {
  return Symbol.keyFor(token.key) ?? token.name
}
