import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csv, toCsv } from '@tidegate/files'
import { between, count, each, matches, mean, type Node, notNull, rollup, step, sum, unique } from 'tidegate'
import { z } from 'zod'

/** The showcase in small: CSV parts with bad rows, a gate that quarantines, a side table, a roll-up, a whole step, two targets. */
const Flight = z.object({ id: z.int32(), origin: z.string(), delay: z.int32().nullable(), distance: z.number() })
const Airport = z.object({ iata: z.string(), city: z.string() })

export function flightsPipeline(version: number): Record<string, Node> {
  const flights = csv({
    path: 'data/*.csv',
    schema: Flight,
    otherwise: 'quarantine',
    allowVanishing: true,
    expect: [between('delay', -120, 1440, { atLeast: 0.5 }), unique('id', { lose: 'later' })],
  })
  const airports = csv({
    path: 'airports.csv',
    schema: Airport,
    expect: [matches('iata', /^[A-Z]{3}$/), unique('iata')],
  })
  const clean = each({
    from: flights,
    params: { limit: 15 + (version % 2) },
    run: (t) => t.derive({ late: (d, $) => (d.delay ?? 0) > $.limit }),
  })
  const enriched = each({
    from: clean,
    with: { airports },
    run: (t, { airports }) => t.join_left(airports.rename({ iata: 'origin', city: 'originCity' }), 'origin'),
    otherwise: 'quarantine',
    expect: [notNull('originCity', { atLeast: 0 })],
  })
  const daily = rollup({
    from: enriched,
    by: ['origin'],
    measure: { flights: count(), delay: mean('delay'), distance: sum('distance') },
  })
  const top = step({
    from: daily,
    orderBy: [{ desc: 'flights' }, 'origin'],
    run: (t) => t.filter((d) => d.flights > 2),
  })
  return {
    flights,
    airports,
    clean: clean as Node,
    enriched: enriched as Node,
    daily: daily as Node,
    top: top as Node,
    dailyFile: toCsv({ from: daily, path: 'out/daily.csv' }) as Node,
    enrichedFiles: toCsv({ from: enriched, path: 'out/enriched' }) as Node,
  }
}

const airports = ['AAA', 'BBB', 'CCC', 'DDD']

function partOf(part: number, state: number): string {
  const rows = Array.from({ length: 120 }, (_, row) => {
    const mixed = (part * 7919 + row * 104_729 + state * 15_485_863) >>> 0
    const delay = mixed % 97 === 0 ? 'soon' : mixed % 41 === 0 ? 9999 : mixed % 13 === 0 ? '' : (mixed % 300) - 60
    return `${part * 100 + row},${airports[mixed % 5] ?? 'ZZZ'},${delay},${(mixed % 5000) / 4}`
  })
  return `id,origin,delay,distance\n${rows.join('\n')}\n`
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

/** Brings the input to a version: every version changes, adds and removes some parts. */
export async function writeInput(folder: string, version: number): Promise<void> {
  await mkdir(join(folder, 'data'), { recursive: true })
  const parts = 4 + (version % 3)
  for (let part = 0; part < parts; part++)
    await replace(join(folder, `data/flights-${part}.csv`), partOf(part, Math.floor((version + part) / 3)))
  for (const name of await readdir(join(folder, 'data'))) {
    const part = Number(/^flights-(\d)\.csv$/.exec(name)?.[1] ?? 99)
    if (part >= parts) await rm(join(folder, 'data', name))
  }
  await replace(
    join(folder, 'airports.csv'),
    `iata,city\n${airports.map((iata, i) => `${iata},City ${i + (version % 4 === 3 ? 1 : 0)}`).join('\n')}\n`,
  )
}
