import type { Partitions } from './partitions.ts'

type Rank = (isPeer: (index: number) => boolean, n: number, put: (index: number, value: number) => void) => void

/** Ranking functions by name, each row's result at its row. Arquero's own steps, its `cume_dist` of a first row with peers included. */
export function rankRows(
  name: string,
  { order, starts, peers, total }: Partitions,
  tiles: number,
): Float64Array | undefined {
  const out = new Float64Array(total)
  if (name === 'row_number' || (peers === undefined && (name === 'rank' || name === 'dense_rank'))) {
    for (let part = 0; part + 1 < starts.length; part++) {
      const start = starts[part] as number
      for (let i = start; i < (starts[part + 1] as number); i++) out[order[i] as number] = i - start + 1
    }
    return out
  }
  const rank = name === 'ntile' ? ntile(tiles) : ranks[name]
  if (rank === undefined) return undefined
  for (let part = 0; part + 1 < starts.length; part++) {
    const start = starts[part] as number
    const n = (starts[part + 1] as number) - start
    const isPeer = (i: number) => peers !== undefined && i < n && peers[start + i - 1] === peers[start + i]
    rank(isPeer, n, (i, value) => {
      out[order[start + i] as number] = value
    })
  }
  return out
}

const rank: Rank = (isPeer, n, put) => {
  let current = 1
  for (let i = 0; i < n; i++) {
    if (i > 0 && !isPeer(i)) current = i + 1
    put(i, current)
  }
}

const cumulative: Rank = (isPeer, n, put) => {
  let last = 0
  for (let i = 0; i < n; i++) {
    if (last < i) {
      last = i
      while (last + 1 < n && isPeer(last + 1)) last++
    }
    put(i, (1 + last) / n)
  }
}

const ntile =
  (tiles: number): Rank =>
  (isPeer, n, put) =>
    cumulative(isPeer, n, (i, value) => put(i, Math.ceil(tiles * value)))

const ranks: Readonly<Record<string, Rank>> = {
  rank,
  cume_dist: cumulative,
  percent_rank: (isPeer, n, put) => rank(isPeer, n, (i, value) => put(i, (value - 1) / (n - 1))),
  dense_rank: (isPeer, n, put) => {
    let current = 1
    for (let i = 0; i < n; i++) {
      if (i > 0 && !isPeer(i)) current++
      put(i, current)
    }
  },
  avg_rank: (isPeer, n, put) => {
    for (let i = 0; i < n; ) {
      let end = i + 1
      let sum = i + 1
      while (isPeer(end)) sum += ++end
      for (const value = sum / (end - i); i < end; i++) put(i, value)
    }
  },
}
