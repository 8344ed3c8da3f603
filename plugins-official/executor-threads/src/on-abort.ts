const listening = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `act` when the signal is aborted; returns the way to take that back. One listener for each signal, however many tasks it has. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  let acts = listening.get(signal)
  if (acts === undefined) {
    const own = new Set<() => void>()
    signal.addEventListener('abort', () => own.forEach((each) => void each()), { once: true })
    listening.set(signal, own)
    acts = own
  }
  const all = acts.add(act)
  return () => void all.delete(act)
}
