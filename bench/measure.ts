/** Wall clock and processor time (all threads), milliseconds. On a busy machine the second is the honest one. */
export interface Cost {
  readonly wall: number
  readonly cpu: number
}

/** Prepares outside the clock, then times one run. */
export async function costOf(prepare: () => Promise<() => Promise<unknown>>): Promise<Cost> {
  const act = await prepare()
  const before = process.cpuUsage()
  const started = performance.now()
  await act()
  const wall = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) / 1000 }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

export function medianCost(costs: readonly Cost[]): Cost {
  return { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) }
}

/** `0.93 (processor 1.02)`: one cost against another. */
export function ratio(a: Cost, b: Cost): string {
  return `${(a.wall / b.wall).toFixed(2)} (processor ${(a.cpu / b.cpu).toFixed(2)})`
}

export function say(what: string, figure: string, wanted = ''): void {
  console.log(`${what.padEnd(58)} ${figure.padStart(26)}${wanted === '' ? '' : `   required: ${wanted}`}`)
}
