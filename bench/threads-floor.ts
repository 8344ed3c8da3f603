import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compare, length, min, notOneOf } from '@tidegate/checks'
import {
  BytesColumn,
  between,
  type Check,
  type Column,
  DictionaryColumn,
  FlatColumn,
  matches,
  notNull,
  oneOf,
  types,
} from 'tidegate'
import { fromSource } from '../plugins-official/executor-threads/src/threads.ts'
import { createRowJudge } from '../src/kernel/gate/row-judge.ts'
import type { Cost } from './measure.ts'

/** The fourteen rules of the section over columns in shared memory, in plain workers: what is left when there is no engine. */
const rows = 3 * 2 ** 20
const batchRows = 65_536
const shops = Array.from({ length: 100 }, (_, i) => `shop ${i}`)
const states = ['new', 'paid', 'sent', 'back']
const rules = [
  notNull('id'),
  notNull('price'),
  notNull('code'),
  between('quantity', 0, 100),
  between('price', 0, 1000),
  between('discount', 0, 1),
  oneOf('shop', shops),
  oneOf('state', states),
  matches('code', /^[A-Z]{2}-\d{5}$/),
  length('code', { min: 4, max: 12 }),
  compare('cost', '<=', 'at'),
  min('weight', 0),
  notOneOf('state', ['lost']),
  between('at', 0, 1e6),
] as unknown as readonly Check[]

type Shared = ReturnType<typeof share>
interface Asked {
  readonly first: number
  readonly last: number
}

function share() {
  const doubles = (scale: number) => {
    const out = new Float64Array(new SharedArrayBuffer(8 * rows))
    for (let i = 0; i < rows; i++) out[i] = ((i * 7919) % 10_007) / scale
    return out
  }
  const fill = <A extends Int32Array | Uint8Array>(out: A, at: (i: number) => number): A => {
    for (let i = 0; i < out.length; i++) out[i] = at(i)
    return out
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(8 * rows))
  const encoder = new TextEncoder()
  // A few at a time: strings of all rows at once would be large, one by one slow.
  for (let i = 0; i < rows; i += 1024)
    bytes.set(
      encoder.encode(Array.from({ length: 1024 }, (_, at) => `AB-${10_000 + ((i + at) % 90_000)}`).join('')),
      8 * i,
    )
  return {
    id: fill(new Int32Array(new SharedArrayBuffer(4 * rows)), (i) => i),
    quantity: fill(new Int32Array(new SharedArrayBuffer(4 * rows)), (i) => (i * 31) % 100),
    doubles: {
      price: doubles(10),
      discount: doubles(100_000),
      weight: doubles(1000),
      cost: doubles(20),
      at: doubles(1),
    },
    shop: fill(new Uint8Array(new SharedArrayBuffer(rows)), (i) => (i * 17) % 100),
    state: fill(new Uint8Array(new SharedArrayBuffer(rows)), (i) => i % 4),
    offsets: fill(new Int32Array(new SharedArrayBuffer(4 * rows + 4)), (i) => 8 * i),
    bytes,
  }
}

/** The best of some rounds, in one worker and in two. */
export async function floorOfThreads(rounds: number): Promise<{ readonly one: Cost; readonly two: Cost }> {
  const data = share()
  const workers = [0, 1].map(
    () => new Worker(fromSource(new URL(import.meta.url)), { workerData: data, execArgv: ['-C', 'tidegate-source'] }),
  )
  for (const worker of workers)
    worker.on('error', (error) => {
      throw error
    })
  const ask = (index: number, asked: Asked) =>
    new Promise<void>((resolve) => {
      const worker = workers[index] as Worker
      worker.once('message', () => resolve())
      worker.postMessage(asked)
    })
  const half = rows / 2
  const acts = {
    one: () => ask(0, { first: 0, last: rows }),
    two: () => Promise.all([ask(0, { first: 0, last: half }), ask(1, { first: half, last: rows })]),
  }
  const best = { one: { wall: Infinity, cpu: Infinity }, two: { wall: Infinity, cpu: Infinity } }
  for (let round = -3; round < rounds; round++)
    for (const key of ['one', 'two'] as const) {
      const before = process.cpuUsage()
      const started = performance.now()
      await acts[key]()
      const { user, system } = process.cpuUsage(before)
      if (round < 0) continue
      best[key].wall = Math.min(best[key].wall, performance.now() - started)
      best[key].cpu = Math.min(best[key].cpu, (user + system) / 1000)
    }
  for (const worker of workers) await worker.terminate()
  return best
}

function serve(shared: Shared): void {
  const columns: Readonly<Record<string, Column>> = {
    id: new FlatColumn(types.int32, shared.id),
    quantity: new FlatColumn(types.int32, shared.quantity),
    ...Object.fromEntries(
      Object.entries(shared.doubles).map(([name, of]) => [name, new FlatColumn(types.float64, of)]),
    ),
    shop: new DictionaryColumn(shared.shop, shops),
    state: new DictionaryColumn(shared.state, states),
    code: new BytesColumn(types.string, shared.offsets, shared.bytes),
  }
  const schema = { fields: Object.entries(columns).map(([name, { type }]) => ({ name, type, nullable: false })) }
  const checks = rules.map((check) => ({ check, verdict: 'quarantine' as const }))
  const judge = createRowJudge({ node: 'floor', plan: { parse: 'halt', checks }, answers: () => undefined })
  parentPort?.on('message', ({ first, last }: Asked) => {
    let passed = 0
    for (let start = first; start < last; start += batchRows) {
      const end = Math.min(last, start + batchRows)
      const cut = Object.values(columns).map((column) => column.slice(start, end))
      passed += judge.judge({ schema, length: end - start, columns: cut }).passed.length
    }
    parentPort?.postMessage(passed)
  })
}

if (!isMainThread) serve(workerData as Shared)
