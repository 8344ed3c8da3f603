/**
 * Pulls one value after another out of somebody else's iterable, each through `call` (a time limit, blame). An iterator that has not answered is
 * told to end but not waited for: a generator that never ends would never answer that either.
 */
export async function* pull<T>(
  values: AsyncIterable<T>,
  call: (next: () => Promise<IteratorResult<T>>) => Promise<IteratorResult<T>>,
): AsyncIterable<T> {
  const iterator = values[Symbol.asyncIterator]()
  let waiting = false
  try {
    for (;;) {
      waiting = true
      const next = await call(() => iterator.next())
      waiting = false
      if (next.done === true) return
      yield next.value
    }
  } finally {
    const ending = iterator.return?.()
    if (waiting) ending?.catch(() => undefined)
    else await ending
  }
}
