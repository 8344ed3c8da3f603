import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { csv, ndjson, parquet, toCsv } from '@tidegate/files'
import { count, defineConfig, type Node, pipeline, rollup, type TidegateError } from 'tidegate'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Ran, runIn } from './lab.ts'
import { folder } from './scratch.ts'

const Order = z.object({ id: z.int32(), city: z.string(), total: z.number() })
const good = 'id,city,total\n1,Oslo,10\n2,Rome,20.5\n'

/** Writes files, reads them as `orders`, and says what went wrong. */
async function reading(
  files: Record<string, string | Uint8Array>,
  source: Node,
  prepare?: (place: string) => Promise<unknown>,
): Promise<Ran> {
  const place = await folder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(place, path, '..'), { recursive: true })
    await writeFile(join(place, path), content)
  }
  await prepare?.(place)
  return runIn(place, { orders: source, n: rollup({ from: source, by: [], measure: { n: count() } }) as Node })
}

const orders = (options: object = {}) =>
  csv({ path: 'data/*.csv', schema: Order, keep: true, ...options } as never) as Node

function expectFault(ran: Ran, code: string, message: RegExp, hint: RegExp = /./): TidegateError {
  expect({ code: ran.error?.code, message: ran.error?.message }).toEqual({
    code,
    message: expect.stringMatching(message),
  })
  expect(ran.error?.hint).toMatch(hint)
  expect(ran.outcome.states.get('n')?.section).toBeUndefined()
  return ran.error as TidegateError
}

describe('a place that cannot be read', () => {
  test('a glob that matches nothing', async () => {
    expectFault(await reading({ 'other/a.csv': good }, orders()), 'SOURCE_EMPTY', /"?data\/\*\.csv"?/)
  })
  test('a file that does not exist: the nearest name is offered', async () => {
    expectFault(
      await reading({ 'data/orders.csv': good }, orders({ path: 'data/ordres.csv' })),
      'SOURCE_NOT_FOUND',
      /data\/ordres\.csv/,
      /orders\.csv/,
    )
  })
  test('a directory in place of a file', async () => {
    const ran = await reading({ 'data/a.csv/inner.bin': good }, orders({ path: 'data/a.csv' }))
    expect(['SOURCE_UNREADABLE', 'SOURCE_EMPTY']).toContain(ran.error?.code)
    expect(ran.error?.message).toMatch(/data\/a\.csv/)
    expect(ran.error?.hint).toMatch(/./)
  })
  test('a directory that took the place of a part between two runs', async () => {
    const place = await folder()
    await mkdir(join(place, 'data'))
    await writeFile(join(place, 'data/a.csv'), good)
    expect((await runIn(place, { orders: orders() })).error).toBeUndefined()
    await rm(join(place, 'data/a.csv'))
    await mkdir(join(place, 'data/a.csv'))
    const ran = await runIn(place, { orders: orders() })
    expect(ran.error?.code).toMatch(/SOURCE_UNREADABLE|SOURCE_EMPTY|PARTS_VANISHED/)
    expect(ran.outcome.entry).toBe(1)
  })
  test('no permission to read', async () => {
    const place = await folder()
    await mkdir(join(place, 'data'))
    await writeFile(join(place, 'data/a.csv'), good)
    await chmod(join(place, 'data/a.csv'), 0)
    await chmod(place, 0o777)
    // Root may read everything: the run is somebody else's.
    const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const child = fork(new URL('./permission-child.ts', import.meta.url).pathname, [place], {
      ...identity,
      env: { ...process.env, HOME: place, TMPDIR: place },
      execArgv: ['--import', 'tsx', '-C', 'tidegate-source'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [error] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => [{ exit: code }]),
    ])) as [{ code: string; message: string; hint: string }]
    expect(error).toEqual({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(/data\/a\.csv.*permission/),
      hint: expect.stringMatching(/./),
    })
  }, 30_000)
})

describe('a CSV row that cannot be read', () => {
  const bad = 'id,city,total\n1,Oslo,10\n2,Rome\n3,Bern,30,extra\nx,Kyiv,40\n5,Lima,50\n'

  test('halts by default: file, line, column and reason', async () => {
    const ran = await reading({ 'data/a.csv': bad }, orders())
    expectFault(
      ran,
      'GATE_HALTED',
      /"orders" halted: parse: 3 of 5 rows failed \(data\/a\.csv, line 3.*\)/,
      /quarantine/,
    )
  })
  test('with too few or too many fields goes to quarantine with its raw line and reason', async () => {
    const ran = await reading({ 'data/a.csv': bad }, orders({ otherwise: 'quarantine' }))
    expect(ran.error).toBeUndefined()
    const rows = await ran.rows('orders', 'quarantine')
    expect(rows.map((row) => [row['_raw'], row['_row'], row['_part'], row['id']])).toEqual([
      ['2,Rome', 1, 'data/a.csv', null],
      ['3,Bern,30,extra', 2, 'data/a.csv', null],
      ['x,Kyiv,40', 3, 'data/a.csv', null],
    ])
    expect(rows.map((row) => row['_reasons'])).toEqual([
      expect.stringMatching(/^line 3.*(2|fields)/),
      expect.stringMatching(/^line 4.*(4|fields)/),
      expect.stringMatching(/^line 5, column 1.*x/),
    ])
    expect((await ran.rows('orders')).map((row) => row['id'])).toEqual([1, 5])
    expect(ran.outcome.states.get('orders')?.section?.counts).toMatchObject({
      rowsIn: 5,
      rowsOut: 2,
      quarantined: 3,
      dropped: 0,
    })
  })
  test('is dropped and counted, or set aside although the verdict is warn, and a hook may decide', async () => {
    expect(
      (await reading({ 'data/a.csv': bad }, orders({ otherwise: 'drop' }))).outcome.states.get('orders')?.section
        ?.counts,
    ).toMatchObject({ rowsIn: 5, rowsOut: 2, quarantined: 0, dropped: 3 })
    expect(
      (await reading({ 'data/a.csv': bad }, orders({ otherwise: 'warn' }))).outcome.states.get('orders')?.section
        ?.counts,
    ).toMatchObject({ rowsOut: 2, quarantined: 3 })
    const place = await folder()
    await mkdir(join(place, 'data'))
    await writeFile(join(place, 'data/a.csv'), bad)
    const asked: string[] = []
    const ran = await runIn(
      place,
      { orders: orders() },
      {},
      {
        hooks: {
          onQualityViolation: ({ phase, check }) => {
            asked.push(`${phase} ${check.name}`)
            return phase === 'row' ? 'drop' : undefined
          },
        },
      },
    )
    expect(asked).toEqual(['row parse', 'fold parse'])
    expect(ran.outcome.states.get('orders')?.section?.counts).toMatchObject({ dropped: 3 })
  })
  test('with invalid UTF-8 is named like any other', async () => {
    const bytes = Buffer.concat([
      Buffer.from('id,city,total\n1,Os'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('lo,10\n2,Rome,20\n'),
    ])
    const ran = await reading({ 'data/a.csv': bytes }, orders())
    expectFault(ran, 'GATE_HALTED', /data\/a\.csv, line 2.*UTF-8/i)
  })
  test('does not hide a column that is missing from the header', async () => {
    expectFault(
      await reading({ 'data/a.csv': 'id,town,total\n1,Oslo,10\n' }, orders()),
      'SCHEMA_MISMATCH',
      /^Source "orders": data\/a\.csv does not fit the declared schema: Column "city" \(string\) is missing and may not be null\.$/,
    )
  })
})

describe('a Parquet file that cannot be read', () => {
  const flights = parquet({
    path: 'data/f.parquet',
    schema: z.object({ symbol: z.string(), n: z.int32() }),
    keep: true,
  } as never) as Node
  const published = async (place: string) => {
    const { toParquet } = await import('@tidegate/files')
    await mkdir(join(place, 'in'), { recursive: true })
    await writeFile(
      join(place, 'in/a.csv'),
      `symbol,n\n${Array.from({ length: 500 }, (_, i) => `s${i % 7},${i}`).join('\n')}\n`,
    )
    const src = csv({ path: 'in/a.csv', schema: z.object({ symbol: z.string(), n: z.int32() }) })
    const ran = await runIn(
      place,
      { src, out: toParquet({ from: src, path: 'data/f.parquet' }) as Node },
      {},
      { pipeline: 'make' },
    )
    expect(ran.error).toBeUndefined()
  }

  test('whole, it is read', async () => {
    const ran = await reading({}, flights, published)
    expect(await ran.rows('n')).toEqual([{ n: 500 }])
  })
  test('truncated', async () => {
    expectFault(
      await reading({}, flights, async (place) => {
        await published(place)
        await truncate(join(place, 'data/f.parquet'), 300)
      }),
      'SOURCE_CORRUPT',
      /data\/f\.parquet.*(truncated|PAR1|end|cut)/,
    )
  })
  test('empty', async () => {
    expectFault(await reading({ 'data/f.parquet': '' }, flights), 'SOURCE_CORRUPT', /data\/f\.parquet.*empty/)
  })
  test('encrypted', async () => {
    expectFault(await reading({}, flights, encrypted), 'SOURCE_CORRUPT', /data\/f\.parquet.*encrypted/)
  })
  test('of something else', async () => {
    expectFault(
      await reading({ 'data/f.parquet': good }, flights),
      'SOURCE_CORRUPT',
      /data\/f\.parquet.*not a Parquet file/,
    )
  })
})

/** What another writer makes of a key: the magic number of encrypted footers (Parquet Modular Encryption, "Encrypted footer mode"). */
async function encrypted(place: string): Promise<void> {
  await mkdir(join(place, 'data'), { recursive: true })
  const { DuckDBInstance } = createRequire(new URL('../../plugins-official/duckdb/package.json', import.meta.url))(
    '@duckdb/node-api',
  ) as typeof import('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create()).connect()
  const file = join(place, 'data/f.parquet')
  await connection.run("PRAGMA add_parquet_key('k', '0123456789112345')")
  const written = await connection
    .run(`COPY (SELECT 's' AS symbol, 1 AS n) TO '${file}' (FORMAT parquet, ENCRYPTION_CONFIG {footer_key: 'k'})`)
    .then(
      () => true,
      () => false,
    )
  // DuckDB refuses to write with its built-in cipher unless told otherwise; the file then gets the marks that every encrypted file has.
  if (written) return
  await connection.run(`COPY (SELECT 's' AS symbol, 1 AS n) TO '${file}' (FORMAT parquet)`)
  const bytes = await readFile(file)
  bytes.write('PARE', 0)
  bytes.write('PARE', bytes.length - 4)
  await writeFile(file, bytes)
}

describe('what was committed', () => {
  test('stays when a file goes bad, and comes back with it', async () => {
    const place = await folder()
    await mkdir(join(place, 'data'))
    await writeFile(join(place, 'data/a.csv'), good)
    await writeFile(join(place, 'data/b.csv'), 'id,city,total\n3,Bern,30\n')
    const nodes = (): Record<string, Node> => {
      const source = orders()
      const n = rollup({ from: source, by: [], measure: { n: count() } })
      return { orders: source, n: n as Node, out: toCsv({ from: n, path: 'out/n.csv' }) as Node }
    }
    await runIn(place, nodes())
    await copyFile(join(place, 'data/b.csv'), join(place, 'b.bak'))
    await writeFile(join(place, 'data/b.csv'), 'id,city,total\n3\n')
    expect((await runIn(place, nodes())).error?.code).toBe('GATE_HALTED')
    expect(await readFile(join(place, 'out/n.csv'), 'utf8')).toBe('n\n3\n')
    await copyFile(join(place, 'b.bak'), join(place, 'data/b.csv'))
    const ran = await runIn(place, nodes())
    expect(ran.error).toBeUndefined()
    expect(await ran.rows('n')).toEqual([{ n: 3 }])
  })

  test('is told apart by its config: an unknown option is refused before anything is read', async () => {
    const { createKernel } = await import('../../src/kernel/kernel.ts')
    const config = defineConfig(() => ({ pipelines: { p: pipeline({ orders: orders({ delimeter: ';' }) }) } }))
    const error = await createKernel(config as never, { folder: await folder(), pipelines: ['p'] }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/pipelines\.p\.orders.*delimeter/),
      hint: expect.stringMatching(/delimiter/),
    })
  })

  test('ndjson: a line that is no JSON is named with its file and line', async () => {
    const source = ndjson({ path: 'data/a.ndjson', schema: Order, keep: true } as never) as Node
    expectFault(
      await reading({ 'data/a.ndjson': '{"id":1,"city":"Oslo","total":1}\n{"id":2,\n' }, source),
      'GATE_HALTED',
      /data\/a\.ndjson, line 2/,
    )
  })
})
