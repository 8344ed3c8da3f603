import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type Batch,
  type Check,
  type Command,
  type CommandScreen,
  type Config,
  concatBatches,
  diskWorkspace,
  each,
  type Node,
  parseBytes,
  pipeline,
  readChecks,
  run,
  sliceBatch,
  toBatch,
  type Violation,
} from 'tidegate'
import { type InputOptions, openInput } from './input.ts'
import { countText, rowsText } from './told.ts'

interface CheckOptions extends InputOptions {
  readonly checks: string
  readonly rows: number
  readonly memory?: string
}

/** What came of one check. */
interface Outcome {
  readonly check: Check
  readonly failed: number
  readonly passes: boolean
  readonly samples: Batch | undefined
}

/**
 * `tidegate check <file> --checks <file>`: the file as a source of a real run in a workspace that is thrown away. Ends with 1 where a check is violated
 * or a row cannot be read; a check whose verdict is `warn` is told and violates nothing.
 */
export const check: Command<CheckOptions> = async ([word = ''], options, context) => {
  const { screen, cwd, signal } = context
  const checks = await readChecks(options.checks, cwd)
  const memory = parseBytes(options.memory ?? '1GB')
  const input = await openInput(word, options, context, { memory, threads: availableParallelism() })
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-check-'))
  try {
    const { path } = input.options
    const rows = input.format.reader?.node({
      ...input.options,
      path: typeof path === 'string' ? resolve(cwd, path) : path,
      ...(input.declared === undefined ? {} : { schema: input.declared }),
      expect: scoped(checks, 'dataset'),
      otherwise: 'quarantine',
    }) as Node
    const judges = judgesOf(rows, checks)
    const violations = new Map<string, Violation>()
    const config: Config = {
      pipelines: { check: pipeline({ rows, ...judges }) },
      workspace: diskWorkspace({ folder }),
      durability: 'process',
      memory,
      hooks: {
        onQualityViolation(violation) {
          if (violation.phase === 'fold') violations.set(`${violation.node}/${violation.check.name}`, violation)
          return undefined
        },
      },
    }
    const ran = (await run(config as never, 'check' as never, { signal } as never)) as Readonly<Record<string, Handle>>
    const total = Object.values(ran).reduce((most, { rows, quarantine }) => Math.max(most, rows + quarantine.rows), 0)
    const found = await sortOut(ran, options.rows)
    const outcomes = checks.map((rule, i): Outcome => {
      const node = rule.rule.scope === 'dataset' ? 'rows' : judgeName(i)
      const violation = violations.get(`${node}/${rule.name}`)
      const failed = violation?.rows ?? 0
      return {
        check: rule,
        failed,
        passes: passes(rule, failed, total, violation !== undefined),
        samples: found.samples.get(node),
      }
    })
    const verdict = outcomes.some((outcome) => !outcome.passes && outcome.check.verdict !== 'warn') || found.unread > 0
    if (screen.json) record(word, total, outcomes, found, screen)
    else show(word, total, outcomes, found, screen)
    return verdict ? 1 : 0
  } finally {
    await input.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Each rule about rows, or that compares rows, in a node of its own behind the source, all in one pass: so every rule sees every row that could be
 * read, whatever others say about it, and what a node sets aside is what its rule condemns, whatever words it has for it.
 */
function judgesOf(rows: Node, checks: readonly Check[]): Readonly<Record<string, Node>> {
  const made = checks.flatMap((rule, i) => {
    if (rule.rule.scope === 'dataset') return []
    const expect = scoped([rule], rule.rule.scope)
    return [
      [judgeName(i), each({ from: rows, run: (batch) => batch, expect: expect as never, otherwise: 'quarantine' })],
    ]
  })
  return Object.fromEntries(made)
}

function judgeName(place: number): string {
  return `check${place}`
}

interface Handle {
  readonly rows: number
  readonly quarantine: { readonly rows: number; batches(): AsyncIterable<Parameters<typeof toBatch>[0]> }
}

/** The rules of one scope, such that nothing ends the run before everything is counted; thresholds are judged here, over all rows. */
function scoped(checks: readonly Check[], scope: Check['rule']['scope']): readonly Check[] {
  return checks
    .filter(({ rule }) => rule.scope === scope)
    .map(({ atLeast: _, atMost: __, ...rest }) => ({ ...rest, verdict: scope === 'dataset' ? 'warn' : 'quarantine' }))
}

function passes({ rule, atLeast, atMost }: Check, failed: number, of: number, violated: boolean): boolean {
  if (rule.scope === 'dataset') return !violated
  if (atLeast === undefined && atMost === undefined) return failed === 0
  return (
    (atLeast === undefined || of === 0 || (of - failed) / of >= atLeast) && (atMost === undefined || failed <= atMost)
  )
}

interface SortedOut {
  /** Rows that could not be read at all. */
  readonly unread: number
  readonly samples: ReadonlyMap<string, Batch>
  readonly unreadSample: Batch | undefined
}

/** What was set aside, by node: the first rows of each rule, and rows of the source that could not be read. */
async function sortOut(ran: Readonly<Record<string, Handle>>, keep: number): Promise<SortedOut> {
  const samples = new Map<string, Batch>()
  let unread = 0
  for (const [node, { quarantine }] of Object.entries(ran)) {
    // The source's own gate condemns nothing: its checks only warn.
    if (node === 'rows') unread = quarantine.rows
    const first = await firstRows(quarantine, keep)
    if (first !== undefined) samples.set(node, first)
  }
  return { unread, samples, unreadSample: samples.get('rows') }
}

async function firstRows(quarantine: Handle['quarantine'], keep: number): Promise<Batch | undefined> {
  if (quarantine.rows === 0 || keep === 0) return undefined
  const taken: Batch[] = []
  let rows = 0
  for await (const table of quarantine.batches()) {
    const batch = toBatch(table, { node: 'check' })
    taken.push(sliceBatch(batch, 0, Math.min(batch.length, keep - rows)))
    rows += batch.length
    if (rows >= keep) break
  }
  const [first, ...more] = taken
  return first === undefined ? undefined : concatBatches(first.schema, [first, ...more])
}

function show(
  word: string,
  total: number,
  outcomes: readonly Outcome[],
  found: SortedOut,
  screen: CommandScreen,
): void {
  const { paint } = screen
  screen.lines(`${paint.bold(word)}  ${rowsText(total)}`, '')
  screen.table(
    [
      { title: 'check', least: 20 },
      { title: 'failed', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'verdict' },
    ],
    outcomes.map(({ check, failed, passes }) => [
      `${check.name}${threshold(check)}`,
      check.rule.scope === 'dataset' ? '' : countText(failed),
      check.rule.scope === 'dataset' || total === 0 ? '' : percent(failed / total),
      passes
        ? { text: 'passes', style: paint.green }
        : check.verdict === 'warn'
          ? { text: 'warns', style: paint.yellow }
          : { text: 'violated', style: paint.red },
    ]),
  )
  for (const { check, samples } of outcomes) {
    if (samples === undefined) continue
    screen.lines('', paint.dim(`${check.name}:`))
    screen.batch(shownOf(samples))
  }
  if (found.unread === 0) return
  screen.lines('', paint.red(`${rowsText(found.unread)} could not be read:`))
  if (found.unreadSample !== undefined) screen.batch(shownOf(found.unreadSample))
}

function record(
  word: string,
  total: number,
  outcomes: readonly Outcome[],
  found: SortedOut,
  screen: CommandScreen,
): void {
  const rowsOf = (batch: Batch | undefined) => (batch === undefined ? [] : screen.batchRecords(shownOf(batch)))
  screen.record({
    file: word,
    rows: total,
    checks: outcomes.map(({ check, failed, passes, samples }) => ({
      check: check.name,
      scope: check.rule.scope,
      ...(check.rule.scope === 'dataset' ? {} : { failed, share: total === 0 ? 0 : failed / total }),
      ...(check.atLeast === undefined ? {} : { atLeast: check.atLeast }),
      ...(check.atMost === undefined ? {} : { atMost: check.atMost }),
      verdict: passes ? 'passes' : check.verdict === 'warn' ? 'warns' : 'violated',
      samples: rowsOf(samples),
    })),
    unread: { rows: found.unread, samples: rowsOf(found.unreadSample) },
  })
}

/** Reasons first; keys say nothing to people, and of a row that was read its number behind the source does not either. */
function shownOf(batch: Batch): Batch {
  const raw = batch.columns[batch.schema.fields.findIndex(({ name }) => name === '_raw')]
  const read = raw === undefined || raw.nullCount === raw.length
  const order = [
    '_reasons',
    ...(read ? [] : ['_row']),
    ...batch.schema.fields.map(({ name }) => name).filter((name) => !name.startsWith('_')),
    ...(read ? [] : ['_raw']),
  ]
  const places = order
    .map((name) => batch.schema.fields.findIndex((field) => field.name === name))
    .filter((at) => at >= 0)
  return {
    length: batch.length,
    schema: { fields: places.map((at) => batch.schema.fields[at] as Batch['schema']['fields'][number]) },
    columns: places.map((at) => batch.columns[at] as Batch['columns'][number]),
  }
}

function threshold({ atLeast, atMost }: Check): string {
  if (atLeast !== undefined) return `, at least ${percent(atLeast)}`
  return atMost === undefined ? '' : `, at most ${countText(atMost)}`
}

function percent(share: number): string {
  const text = (share * 100).toFixed(share > 0 && share < 0.001 ? 3 : 1)
  return `${text.replace(/\.0+$/, '')} %`
}
