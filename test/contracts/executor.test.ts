import { type Executor, isTidegateError, type RowHelper } from 'tidegate'
import { executorContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { createInProcessExecutor } from '../../src/plugins/defaults/in-process-executor.ts'
import { foundOut } from './found-out.ts'

const inProcess = createInProcessExecutor({ concurrency: 3 })
type Submit = Executor['submit']

describe('the executor in this process', () => {
  for (const { name, run } of executorContract(() => inProcess)) test(name, run)
})

describe('an executor that sends tasks elsewhere', () => {
  const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
  const remote = (): Submit => async (task, perform, signal, progress) => {
    const sent = wire(task)
    return wire(await perform(sent, signal, (node, rows) => progress(...(wire([node, rows]) as [string, number]))))
  }
  for (const { name, run } of executorContract((perform) => ({
    concurrency: 2,
    submit: (task, _, ...rest) => remote()(task, perform, ...rest),
  })))
    test(name, run)
})

describe('an executor that offers helpers', () => {
  const helped =
    (offer: (helper: RowHelper) => RowHelper = (helper) => helper): Parameters<typeof executorContract>[0] =>
    (_, { judge, forget }) => {
      const helper = offer({ judge, end: (work) => void forget(work) })
      return { ...inProcess, rowLocal: { helpers: () => [helper] } }
    }
  for (const { name, run } of executorContract(helped())) test(name, run)

  const finding = 'does row-local work elsewhere, where it offers to, with the same results, and ends it'
  test.each<[string, (helper: RowHelper) => RowHelper]>([
    ['never ends a task', ({ judge }) => ({ judge, end: () => undefined })],
    [
      'answers with another batch',
      ({ judge, end }) => {
        let first: ReturnType<typeof judge> | undefined
        return { end, judge: (packet) => (first ??= judge(packet)) }
      },
    ],
  ])('is found out where it %s', async (_, offer) => {
    await foundOut(executorContract(helped(offer)), finding)
  })
})

const broken: Readonly<Record<string, readonly [finding: string, Submit]>> = {
  'keeps a part of the task to itself': [
    'hands the whole task over, and the whole result back',
    (task, perform, ...rest) => perform({ ...task, schemas: {} }, ...rest),
  ],
  'changes the task': [
    'hands the whole task over, and the whole result back',
    (task, perform, ...rest) => perform(Object.assign(task, { attempt: task.attempt }), ...rest),
  ],
  'tries again': [
    'does not try again by itself',
    async (task, perform, ...rest) => perform(task, ...rest).catch(() => perform(task, ...rest)),
  ],
  'does a task twice': [
    'does every task once, however many are submitted',
    async (task, perform, ...rest) => {
      await perform(task, ...rest)
      return perform(task, ...rest)
    },
  ],
  'wraps errors': [
    'gives errors back with code, message, hint and data',
    async (task, perform, ...rest) =>
      perform(task, ...rest).catch((error: unknown) =>
        Promise.reject(new Error(`worker: ${isTidegateError(error) ? error.message : ''}`)),
      ),
  ],
  'asks nobody': [
    'gives undecided checks back, and does the task again with the answers',
    async (task, perform, ...rest) => {
      const result = await perform(task, ...rest)
      return result.done
        ? result
        : perform(
            {
              ...task,
              verdicts: Object.fromEntries(result.undecided.map(({ node, check }) => [`${node}/${check}`, 'halt'])),
            },
            ...rest,
          )
    },
  ],
  'does not pass the signal on': [
    'tells a task that is under way to stop',
    (task, perform, _, progress) => perform(task, new AbortController().signal, progress),
  ],
  'swallows progress': [
    'passes on what a task says of its progress',
    (task, perform, signal) => perform(task, signal, () => undefined),
  ],
  'keeps what JSON cannot carry': [
    'hands the whole task over, and the whole result back',
    async (task, perform, ...rest) => ({ ...(await perform(task, ...rest)), at: new Date(0) }),
  ],
  'takes parts by identity, not by what they say': [
    'makes of real tasks that went through JSON what is made without it',
    (() => {
      const results = new Map<string, ReturnType<Submit>>()
      return (task, perform, ...rest) => {
        const key = task.nodes.join()
        const known = results.get(key) ?? perform(task, ...rest)
        results.set(key, known)
        return known
      }
    })(),
  ],
}

describe('an executor that is broken is found out, where it', () => {
  for (const [title, [finding, submit]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(
        executorContract(() => ({ concurrency: 2, submit })),
        finding,
      )
    })
  }
})
