/** Prepares outside the clock, then times one run. Milliseconds. */
export async function runOf(prepare: () => Promise<() => Promise<void>>): Promise<number> {
  const act = await prepare()
  const started = performance.now()
  await act()
  return performance.now() - started
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
