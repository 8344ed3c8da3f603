import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesOf } from '../../src/kernel/commit/gc.ts'
import type { Entry, Section } from '../../src/kernel/parts/record.ts'
import { gcIn, type Ran, runIn } from '../failure/lab.ts'
import { folder } from '../failure/scratch.ts'
import { flightsPipeline, writeInput } from './kill-pipeline.ts'

const kills = Number(process.env['TIDEGATE_KILLS'] ?? (process.env['CI'] === undefined ? 8 : 50))
const rounds = 4
const seed = Number(process.env['TIDEGATE_KILL_SEED'] ?? 1)

/** Reproducible delays (mulberry32, Tommy Ettinger 2017). */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function started(place: string, version: number): Promise<ChildProcess> {
  const script = new URL('./kill-child.ts', import.meta.url).pathname
  const child = fork(script, [place, String(version), String(rounds)], {
    execArgv: ['--import', 'tsx', '-C', 'tidegate-source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return child
}

async function contentOf(place: string, ran: Ran): Promise<unknown> {
  const content: Record<string, unknown> = {
    bad: await ran.rows('flights', 'quarantine'),
    odd: await ran.rows('enriched', 'quarantine'),
  }
  for (const node of ['flights', 'airports', 'enriched', 'daily', 'top']) content[node] = await ran.rows(node)
  content['daily.csv'] = await readFile(join(place, 'out/daily.csv'), 'utf8')
  content['out/enriched'] = await publishedRows(join(place, 'out/enriched'))
  return content
}

/** Lines of the files that the manifest of a published folder names. */
async function publishedRows(place: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(place, '_manifest.json'), 'utf8')) as {
    readonly files: readonly { readonly file: string }[]
  }
  const texts = await Promise.all(manifest.files.map(({ file }) => readFile(join(place, file), 'utf8')))
  return texts.flatMap((text) => text.split('\n').slice(1)).sort()
}

const filesUnder = async (place: string) =>
  (await readdir(place, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))

/** Every file is an entry, or is reached from one. */
async function expectNoRubbish(place: string): Promise<void> {
  const root = join(place, '.tidegate')
  const files = await filesUnder(root)
  const reachable = new Set<string>()
  const json = async <T>(path: string) => JSON.parse(await readFile(join(root, path), 'utf8')) as T
  for (const path of files.filter((path) => /^log\/development\/p\/\d{12}\.json$/.test(path))) {
    reachable.add(path)
    const entry = await json<Entry>(path)
    for (const section of [...Object.values(entry.nodes), ...Object.values(entry.withheld)]) {
      reachable.add(section)
      for (const file of filesOf(await json<Section>(section))) reachable.add(file)
    }
  }
  expect(files.filter((path) => !reachable.has(path))).toEqual([])
  expect([...reachable].filter((path) => !files.includes(path))).toEqual([])
}

test(
  `killed ${kills} times at random moments, it ends up as if it had never been killed`,
  async () => {
    const random = randomFrom(seed)
    const undisturbed = new Map<number, unknown>()
    const expectedOf = async (version: number) => {
      const own = await folder()
      await writeInput(own, version)
      const ran = await runIn(own, flightsPipeline(version))
      expect(ran.error).toBeUndefined()
      return contentOf(own, ran)
    }
    const place = await folder()
    await mkdir(join(place, 'data'))

    // How long a child lives when nobody disturbs it.
    const calm = await started(await folder(), 0)
    const began = performance.now()
    const [code] = await once(calm, 'exit')
    expect(code).toBe(0)
    const life = performance.now() - began

    let interrupted = 0
    for (let kill = 0; kill < kills; kill++) {
      const version = Math.floor(random() * 12)
      const child = await started(place, version)
      const gone = once(child, 'exit')
      // Spread over the whole life: each kill has a slice of its own.
      const delay = ((kill + random()) / kills) * life * 0.95
      const timer = setTimeout(() => child.kill('SIGKILL'), delay)
      const [, signal] = await gone
      clearTimeout(timer)
      if (signal === 'SIGKILL') interrupted++

      const next = version + Math.floor(random() * rounds)
      await writeInput(place, next)
      const ran = await runIn(place, flightsPipeline(next))
      expect(ran.error).toBeUndefined()
      if (!undisturbed.has(next)) undisturbed.set(next, await expectedOf(next))
      expect(await contentOf(place, ran)).toEqual(undisturbed.get(next))

      // What the killed process left of a lock half written bears its number, locks nothing, and goes with the garbage below.
      const halfWritten = (path: string) => signal === 'SIGKILL' && path.includes(`.json.${child.pid}-`)
      const locks = await filesUnder(join(place, '.tidegate/locks'))
      expect(locks.filter((path) => !halfWritten(path))).toEqual([])
      const numbers = (await readdir(join(place, '.tidegate/log/development/p')))
        // What a kill left of an entry half written has another ending, and goes with the garbage.
        .flatMap((name) => (/^\d{12}\.json$/.test(name) ? [Number(name.slice(0, 12))] : []))
        .sort((a, b) => a - b)
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] as number) + index))
      await gcIn(place, flightsPipeline(next), { entries: 3, grace: 0 })
      await expectNoRubbish(place)
      const again = await runIn(place, flightsPipeline(next))
      expect(again.outcome.status).toBe('up to date')
    }
    expect(interrupted).toBeGreaterThanOrEqual(Math.floor(kills / 2))
  },
  30_000 + kills * 15_000,
)
