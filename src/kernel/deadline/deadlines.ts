import type { MissedDeadline } from '../../plugins/events.ts'
import { TidegateError } from '../errors.ts'
import { withDescendants } from '../graph/graph.ts'
import type { Deadline } from '../node.ts'
import type { Engine } from '../run/engine.ts'
import { alarm, type Clock } from './alarm.ts'
import { deadlineText } from './deadline-option.ts'
import { dueAt } from './due.ts'

/** The deadlines of one run: its pipeline's and those of its nodes. Watched from the beginning until `close`. */
export interface Deadlines {
  /** The outer signal, which is also aborted as soon as a deadline halts one of the nodes. */
  signal(nodes: Iterable<string>, outer: AbortSignal): AbortSignal
  /** Why one of these nodes has to stop, `data.node` says which; undefined where none has to. */
  halted(nodes: Iterable<string>): TidegateError | undefined
  /** The node is up to date, or the target published: that cannot be taken back, however late it is. */
  done(node: string, published?: boolean): void
  /** Nothing is left to do. */
  finish(): void
  readonly missed: () => readonly MissedDeadline[]
  close(): void
}

interface Watch {
  readonly node: string | undefined
  readonly due: number
  readonly deadline: string
  readonly action: MissedDeadline['action']
  /** Aborted when the deadline halts. */
  readonly halt: AbortController
  /** Nodes that stop with it; undefined for all that are not done. */
  readonly reach: ReadonlySet<string> | undefined
  readonly cancel: () => void
  missed: boolean
  done: number | undefined
  published: boolean
}

export interface DeadlineRequest {
  /** Of the pipeline as a whole. */
  readonly pipeline: Deadline | undefined
  /** The nodes that the run looks at. */
  readonly active: ReadonlySet<string>
  readonly startedAt: number
  readonly scheduled?: number
  readonly clock: Clock
}

export function watchDeadlines(engine: Engine, request: DeadlineRequest): Deadlines {
  const { graph, settings, events, log } = engine
  const { clock, startedAt } = request
  const ready = new Set<string>()

  const watch = (node: string | undefined, deadline: Deadline): Watch => {
    const due = dueAt(deadline, request)
    const wanted = deadline.action ?? 'warn'
    const own: Watch = {
      node,
      due,
      deadline: deadlineText(deadline),
      // A tick that is caught up after its deadline could never be made if it were halted.
      action: wanted === 'halt' && due <= startedAt ? 'notify' : wanted,
      halt: new AbortController(),
      reach: node === undefined ? undefined : withDescendants(graph, [node]),
      cancel: alarm(clock, due, () => miss(own)),
      missed: false,
      done: undefined,
      published: false,
    }
    return own
  }

  const miss = (own: Watch): void => {
    if (own.missed || own.done !== undefined) return
    own.missed = true
    const { node, due, deadline, action } = own
    events.emit({
      type: 'deadline.missed',
      at: clock.now(),
      due,
      deadline,
      action,
      runId: settings.runId,
      pipeline: graph.pipeline,
      ...(node === undefined
        ? { span: settings.runId }
        : { node, span: `${settings.runId}/${node}`, parent: settings.runId }),
    })
    log.warn(`${nameOf(own)} missed its deadline`, { deadline, due: new Date(due).toISOString(), action })
    if (action === 'halt') own.halt.abort(haltError(own, node))
  }
  const nameOf = ({ node }: Watch) => (node === undefined ? `pipeline "${graph.pipeline}"` : `"${node}"`)

  const haltError = (own: Watch, stopped: string | undefined): TidegateError => {
    const due = new Date(own.due).toISOString()
    const text =
      own.node === undefined && stopped !== undefined
        ? `"${stopped}" was stopped: ${nameOf(own)} missed its deadline`
        : `${nameOf(own)} missed its deadline`
    return new TidegateError('DEADLINE_MISSED', `${text} (${own.deadline}, due ${due})`, {
      hint: 'Finished work is kept: run again to go on from there. Find out what takes so long, or give it another deadline or action.',
      data: { ...(stopped === undefined ? {} : { node: stopped }), due, deadline: own.deadline },
    })
  }

  const finishOne = (own: Watch): void => {
    if (own.done !== undefined) return
    const at = clock.now()
    // Code that never gave control back may have held up the alarm.
    if (at >= own.due) miss(own)
    own.cancel()
    own.done = at
  }

  const watches = graph.nodes.flatMap((node) => {
    const { deadline } = node.spec.gate
    return deadline === undefined || !request.active.has(node.name) ? [] : [watch(node.name, deadline)]
  })
  if (request.pipeline !== undefined) watches.push(watch(undefined, request.pipeline))

  const halted = (nodes: Iterable<string>): TidegateError | undefined => {
    for (const name of nodes) {
      const own = watches.find((candidate) => candidate.halt.signal.aborted && stops(candidate, name))
      if (own !== undefined) return haltError(own, own.node ?? name)
    }
    return undefined
  }
  const stops = (own: Watch, node: string) => own.reach?.has(node) ?? !ready.has(node)
  return {
    signal(nodes, outer) {
      const names = [...nodes]
      const halting = watches.filter((own) => own.action === 'halt' && names.some((name) => stops(own, name)))
      return halting.length === 0 ? outer : AbortSignal.any([outer, ...halting.map(({ halt }) => halt.signal)])
    },
    halted,
    done(node, published = false) {
      for (const own of watches) {
        if (own.node === node) {
          own.published = published
          finishOne(own)
        } else if (own.node === undefined && clock.now() >= own.due) miss(own)
      }
      if (halted([node]) === undefined) ready.add(node)
    },
    finish() {
      for (const own of watches) if (own.node === undefined) finishOne(own)
    },
    missed: () =>
      watches
        .filter((own) => own.missed)
        .map(({ node, due, deadline, action, done, halt, published }) => ({
          ...(node === undefined ? {} : { node }),
          due,
          deadline,
          action,
          ...(done === undefined || (halt.signal.aborted && !published) ? {} : { late: done - due }),
        })),
    close() {
      for (const { cancel } of watches) cancel()
    },
  }
}
