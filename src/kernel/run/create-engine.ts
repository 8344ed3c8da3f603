import { isTapped } from '../../hooks/create-hooks.ts'
import { createArrowStorage } from '../../plugins/defaults/arrow-storage.ts'
import { Executor } from '../../plugins/executor.ts'
import { LineageStore } from '../../plugins/lineage-store.ts'
import type { Place, Source, SourceKind } from '../../plugins/source.ts'
import type { StepKind } from '../../plugins/step-kind.ts'
import { StorageStrategy } from '../../plugins/storage-strategy.ts'
import type { TargetKind } from '../../plugins/target.ts'
import { Workspace } from '../../plugins/workspace.ts'
import { faultsError } from '../boot/fault.ts'
import { validateOptions } from '../boot/validate-options.ts'
import { wiringNames } from '../config/validate-node.ts'
import { TidegateError } from '../errors.ts'
import { createCodeIndex } from '../fingerprint/code.ts'
import { planGate } from '../gate/gate-plan.ts'
import { buildGraph, type GraphNode } from '../graph/graph.ts'
import { decideKept } from '../graph/keep.ts'
import { createRandom } from '../hash/random.ts'
import type { Kernel } from '../kernel.ts'
import { errorFacts } from '../log/error-facts.ts'
import { didYouMean } from '../nearest.ts'
import type { Node } from '../node.ts'
import { createStore } from '../parts/store.ts'
import type { Engine, OpenSource, RunSettings } from './engine.ts'

export interface EngineRequest {
  readonly pipeline: string
  readonly runId: string
  readonly now: number
  /** The environment whose log is read and written. */
  readonly env: string
  readonly paranoid?: boolean
  /** How many engines of the same run share memory and processor threads. Default 1. */
  readonly share?: number
  readonly replace?: readonly (readonly [Node, Node])[]
  /** Nodes whose rows are asked for by name: they are kept. */
  readonly named?: readonly string[]
}

/** Binds one pipeline of a booted kernel to the engine: names, gates, storage, and the instances of its connectors and steps. */
export function createEngine(kernel: Kernel, request: EngineRequest): Engine {
  const { config } = kernel
  const own = config.pipelines[request.pipeline]
  if (own === undefined) {
    const names = Object.keys(config.pipelines)
    throw new TidegateError('PIPELINE_UNKNOWN', `The config has no pipeline "${request.pipeline}"`, {
      hint: didYouMean(request.pipeline, names) ?? `Its pipelines: ${names.join(', ')}.`,
    })
  }
  const graph = buildGraph(request.pipeline, own.nodes, new Map(request.replace ?? []))
  const settings: RunSettings = {
    env: request.env,
    runId: request.runId,
    now: request.now,
    seed: kernel.settings.seed,
    batchRows: kernel.settings.batchRows,
    memory: Math.ceil(kernel.settings.memory / (request.share ?? 1)),
    threads: Math.max(1, Math.floor(kernel.settings.threads / (request.share ?? 1))),
    paranoid: request.paranoid === true,
    // A stand-in node is known to this process alone.
    module: (request.replace ?? []).length > 0 ? undefined : kernel.file,
    configEnv: kernel.env,
  }
  const tapped = isTapped(kernel.hooks, 'onQualityViolation')
  const arrow = createArrowStorage()
  const storage = kernel.service(StorageStrategy)
  const options = new Map<string, unknown>()
  const optionsOf = (name: string): unknown => {
    if (options.has(name)) return options.get(name)
    const { spec } = graph.byName.get(name) as GraphNode
    const where = `pipelines.${graph.pipeline}.${name}`
    const validated = validateOptions(spec.uses.options, spec.options, where, wiringNames)
    if (validated.faults.length > 0) throw faultsError(validated.faults, kernel.file)
    options.set(name, validated.options)
    return validated.options
  }
  const instances = createInstances(kernel, graph.pipeline, graph.byName, settings, optionsOf)
  return {
    graph,
    settings,
    kept: decideKept(graph, new Set(request.named ?? [])),
    gates: new Map(graph.nodes.map((node) => [node.name, planGate(node, tapped)])),
    store: createStore({
      workspace: kernel.service(Workspace),
      storage,
      readable: storage.format === arrow.format ? [] : [arrow],
      durability: kernel.settings.durability,
    }),
    hooks: kernel.hooks,
    redact: kernel.redactor.redact,
    events: kernel.events,
    log: kernel.log,
    executor: kernel.service(Executor),
    lineage: kernel.service(LineageStore),
    code: createCodeIndex(kernel.file),
    options: optionsOf,
    ...instances,
  }
}

/**
 * Makes each connector and step once per run, at its first use, with secrets resolved only for `create`; closes connectors in reverse order when
 * nobody holds them any more. Who reads after the run makes them anew.
 */
function createInstances(
  kernel: Kernel,
  pipeline: string,
  nodes: ReadonlyMap<string, GraphNode>,
  settings: RunSettings,
  optionsOf: (name: string) => unknown,
): Pick<Engine, 'source' | 'step' | 'target' | 'hold' | 'close'> {
  type Closable = { close?: () => unknown }
  const made: { readonly name: string; readonly instance: Closable }[] = []
  const caches: Map<string, unknown>[] = []
  let generation = 0
  let holders = 0
  const once = <T>(make: (name: string) => Promise<T>) => {
    const cache = new Map<string, Promise<T>>()
    caches.push(cache)
    return (name: string) => {
      const known = cache.get(name)
      if (known !== undefined) return known
      const fresh = make(name)
      cache.set(name, fresh)
      // One that could not be made is not remembered; whoever awaits it sees the error, and may try again.
      fresh.catch(() => cache.get(name) === fresh && cache.delete(name))
      return fresh
    }
  }
  const kindOf = <K>(name: string) => (nodes.get(name) as GraphNode).spec.uses as K
  const create = async <T extends Closable>(
    name: string,
    make: (options: never, given: never, place: Place) => T | Promise<T>,
    place: Place,
  ): Promise<T> => {
    const { needs } = kindOf<SourceKind>(name)
    const begun = generation
    const instance = await make((await kernel.resolve(optionsOf(name))) as never, kernel.give(needs) as never, place)
    // Of a cancelled run: whoever wanted it is gone.
    if (begun !== generation) await closeOne(name, instance)
    else made.push({ name, instance })
    return instance
  }
  /** What was computed stands, and is committed by now: a connector that cannot be closed is no failure of the run. */
  const closeOne = async (name: string, instance: Closable) => {
    try {
      await instance.close?.()
    } catch (error) {
      const { message } = errorFacts(error)
      kernel.log.warn(`the connector of "${name}" could not be closed`, { error: kernel.redactor.redact(message) })
    }
  }
  const hold = () => {
    let held = true
    holders++
    return async () => {
      if (!held) return
      held = false
      if (--holders > 0) return
      generation++
      for (const cache of caches) cache.clear()
      for (const { name, instance } of made.splice(0).reverse()) await closeOne(name, instance)
    }
  }
  return {
    source: once(async (name): Promise<OpenSource> => {
      const { place, read } = placeOf(kernel, settings, pipeline, nodes.get(name) as GraphNode)
      const source: Source = await create(name, kindOf<SourceKind>(name).create, place)
      return { source, read }
    }),
    step: once(async (name) => {
      const kind = kindOf<StepKind>(name)
      return kind.create((await kernel.resolve(optionsOf(name))) as never, kernel.give(kind.needs) as never)
    }),
    target: once(async (name) =>
      create(
        name,
        kindOf<TargetKind>(name).create,
        placeOf(kernel, settings, pipeline, nodes.get(name) as GraphNode).place,
      ),
    ),
    hold,
    close: hold(),
  }
}

/** Where a connector works. What it looks at of time and chance becomes part of what it makes. */
function placeOf(
  kernel: Kernel,
  settings: RunSettings,
  pipeline: string,
  node: GraphNode,
): { readonly place: Place; readonly read: OpenSource['read'] } {
  const read: { now?: number; seed?: number } = {}
  let random: (() => number) | undefined
  const place: Place = {
    folder: kernel.folder,
    log: kernel.log,
    memory: settings.memory,
    threads: settings.threads,
    runId: settings.runId,
    get now() {
      read.now = settings.now
      return new Date(settings.now)
    },
    get random() {
      read.seed = settings.seed
      random ??= createRandom(`${settings.seed}/${pipeline}/${node.identity}`)
      return random
    },
  }
  return { place, read: () => ({ ...read }) }
}
