import { packError, unpackError } from 'tidegate'
import type { FromThread } from './messages.ts'
import type { Job, Member } from './pool.ts'
import type { Thread } from './thread.ts'

/** Threads without a task of their own help one that has a task, with its row-local work. */
export interface Help {
  /** Whether it helps, or still has a batch to compute. */
  busy(thread: Thread): boolean
  /** So many tasks wait: helpers are called back, and free as soon as they have done what they have. */
  release(count: number): void
  /** Sends threads that have nothing to do to tasks that asked for help. */
  assign(): void
  heard(member: Member, message: FromThread): void
  finished(job: Job): void
  lost(member: Member, error: Error): void
  /** Ends threads that are still at work for a task that was stopped. */
  endHelpers(job: Job, error: Error): void
}

interface Wanted {
  readonly job: Job
  readonly helpers: Set<Member>
  /** Works that helpers keep something of. */
  readonly works: Map<string, Member>
}

interface Batch {
  readonly job: Job
  readonly call: number
  readonly helper: Member
  /** The task has ended: nobody waits for the answer, but the helper is still at it. */
  idle?: NodeJS.Timeout
}

/** How long a helper may take to finish a batch that nobody waits for, before its thread is replaced. Milliseconds. */
const patience = 1000

export function createHelp(pool: {
  readonly idle: () => Member | undefined
  readonly memberOf: (thread: number) => Member | undefined
}): Help {
  const wanted = new Map<number, Wanted>()
  const at = new Map<Member, Wanted>()
  const batches = new Map<number, Batch>()
  /** Threads that boot for a task, by the number of the message. */
  const preparing = new Map<number, { readonly helper: Member; readonly wanted: Wanted }>()
  let numbers = 0

  const tellHelpers = ({ job, helpers }: Wanted): void =>
    job.member.thread.tell({
      tell: 'helpers',
      job: job.number,
      threads: [...helpers].map(({ thread }) => thread.number),
    })

  function leave(member: Member): void {
    const own = at.get(member)
    at.delete(member)
    if (own?.helpers.delete(member) === true) tellHelpers(own)
  }

  /** Whether somebody still waits for the batch that has come to its end. */
  function answered(number: number, { idle }: Batch): boolean {
    batches.delete(number)
    clearTimeout(idle)
    return idle === undefined
  }

  /** A batch that nobody will compute: its task is told why. */
  function fail(number: number, error: Error): void {
    const batch = batches.get(number)
    if (batch === undefined || !answered(number, batch)) return
    batch.job.member.thread.tell({ tell: 'unjudged', call: batch.call, error: packError(error) })
  }

  return {
    busy: (thread) =>
      [...at.keys()].some((member) => member.thread === thread) ||
      [...batches.values()].some(({ helper }) => helper.thread === thread),
    release(count) {
      for (const member of [...at.keys()].slice(0, count)) leave(member)
    },
    assign() {
      for (;;) {
        const [needy] = [...wanted.values()].sort((a, b) => countOf(a) - countOf(b))
        const helper = needy === undefined ? undefined : pool.idle()
        if (needy === undefined || helper === undefined) return
        at.set(helper, needy)
        const job = numbers++
        preparing.set(job, { helper, wanted: needy })
        helper.thread.tell({ tell: 'prepare', job: -1 - job, task: needy.job.task })
      }
    },
    heard(member, message) {
      if (message.tell === 'help' && member.job?.number === message.job)
        wanted.set(message.job, { job: member.job, helpers: new Set(), works: new Map() })
      else if (message.tell === 'prepared') {
        const own = preparing.get(-1 - message.job)
        preparing.delete(-1 - message.job)
        if (own === undefined || at.get(member) !== own.wanted) return
        own.wanted.helpers.add(member)
        tellHelpers(own.wanted)
      } else if (message.tell === 'judge') {
        const { job } = member
        const own = job === undefined ? undefined : wanted.get(job.number)
        const helper = pool.memberOf(message.thread)
        if (job === undefined || own === undefined) return
        const number = numbers++
        batches.set(number, { job, call: message.call, helper: helper ?? member })
        if (helper === undefined) return fail(number, new Error('the helping thread is gone'))
        own.works.set(message.packet.work, helper)
        helper.thread.tell({ tell: 'judge', job: -1 - number, packet: message.packet }, message.packet.transfer)
      } else if (message.tell === 'judged') {
        const batch = batches.get(-1 - message.job)
        if (batch === undefined || !answered(-1 - message.job, batch)) return
        batch.job.member.thread.tell(
          { tell: 'judged', call: batch.call, packet: message.packet },
          message.packet.transfer,
        )
      } else if (message.tell === 'failed') {
        // A helper that cannot boot is none; the task itself will say what is wrong.
        if (preparing.delete(-1 - message.job)) return
        fail(-1 - message.job, unpackError(message.error))
      } else if (message.tell === 'forget') {
        pool.memberOf(message.thread)?.thread.tell({ tell: 'forget', work: message.work })
        if (member.job !== undefined) wanted.get(member.job.number)?.works.delete(message.work)
      }
    },
    finished(job) {
      const own = wanted.get(job.number)
      wanted.delete(job.number)
      for (const batch of batches.values()) {
        if (batch.job !== job) continue
        const { thread } = batch.helper
        batch.idle = setTimeout(() => thread.end(new Error('nobody waits for it any more')), patience).unref()
      }
      for (const [member, task] of at) if (task === own) at.delete(member)
      for (const [work, { thread }] of own?.works ?? []) thread.tell({ tell: 'forget', work })
    },
    lost(member, error) {
      leave(member)
      for (const [number, { helper }] of preparing) if (helper.thread === member.thread) preparing.delete(number)
      for (const [number, { helper }] of batches) if (helper.thread === member.thread) fail(number, error)
    },
    endHelpers(job, error) {
      for (const batch of batches.values()) if (batch.job === job) batch.helper.thread.end(error)
    },
  }

  function countOf(own: Wanted): number {
    return [...at.values()].filter((task) => task === own).length
  }
}
