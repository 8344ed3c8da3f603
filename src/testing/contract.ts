import type { Awaitable } from '../kernel/context.ts'
import type { ContractCase } from './lineage-store.ts'

/** The demands of one contract, each a sentence and a check that throws where it does not hold. */
export type Demands<S> = Readonly<Record<string, (subject: S) => Awaitable<void>>>

/** Every demand as a case of its own, on a subject that is made for it and closed afterwards. */
export function casesOf<S>(
  demands: Demands<S>,
  make: () => Awaitable<S>,
  close: (subject: S) => Awaitable<unknown> = () => undefined,
): readonly ContractCase[] {
  return Object.entries(demands).map(([name, check]) => ({
    name,
    async run() {
      const subject = await make()
      try {
        await check(subject)
      } finally {
        await close(subject)
      }
    },
  }))
}

export async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What is left of a value after it went through JSON. */
export function throughJson<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T)
}
