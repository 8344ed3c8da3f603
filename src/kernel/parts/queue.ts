/** Values pushed on one side, pulled on the other; `push` waits while values of more than `limit` in size are under way. */
export interface Queue<T> extends AsyncIterable<T> {
  push(value: T): Promise<void>
  end(): void
  fail(error: unknown): void
}

export function createQueue<T>(limit: number, sizeOf: (value: T) => number): Queue<T> {
  const values: T[] = []
  let size = 0
  let ended = false
  let failure: { readonly error: unknown } | undefined
  let wakeReader: (() => void) | undefined
  let wakeWriter: (() => void) | undefined
  const wait = (set: (wake: () => void) => void) => new Promise<void>((resolve) => set(resolve))
  return {
    async push(value) {
      while (size > limit && failure === undefined) await wait((wake) => (wakeWriter = wake))
      if (failure !== undefined) throw failure.error
      values.push(value)
      size += sizeOf(value)
      wakeReader?.()
    },
    end() {
      ended = true
      wakeReader?.()
    },
    fail(error) {
      failure ??= { error }
      wakeReader?.()
      wakeWriter?.()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (failure !== undefined) throw failure.error
        const value = values.shift()
        if (value !== undefined) {
          size -= sizeOf(value)
          wakeWriter?.()
          yield value
        } else if (ended) return
        else await wait((wake) => (wakeReader = wake))
      }
    },
  }
}
