import { availableParallelism } from 'node:os'
import {
  type Batch,
  type Check,
  type Command,
  type CommandScreen,
  parseBytes,
  readChecks,
  showThresholds,
} from 'tidegate'
import { checkInput } from '../audit/check-input.ts'
import type { FileCheck } from '../audit/outcome.ts'
import { checkSuite, noChecks, type SuiteOptions } from './check-suite.ts'
import { type InputOptions, openInput } from './input.ts'
import { countText, rowsText } from './told.ts'

interface CheckOptions extends InputOptions, SuiteOptions {
  readonly checks?: string
  readonly rows: number
  readonly memory?: string
  readonly verbose?: boolean
}

/**
 * `tidegate check <file> --checks <file>`: what DuckDB can decide where the rows lie it decides there, the rest a real run in a workspace that is thrown
 * away. Ends with 1 where a check is violated or a row cannot be read; a check whose verdict is `warn` is told and violates nothing.
 */
export const check: Command<CheckOptions> = async ([word = ''], options, context) => {
  const { screen, cwd, signal } = context
  if (options.suite !== undefined) return await checkSuite(word, options, context)
  if (options.checks === undefined) throw noChecks(word, context.prefix)
  const checks = await readChecks(options.checks, cwd)
  const resources = { memory: parseBytes(options.memory ?? '1GB'), threads: availableParallelism() }
  const input = await openInput(word, options, context, resources)
  try {
    const place = context.place(resources)
    const request = { cwd, samples: options.rows, place, signal, pushDown: true, ...resources }
    const found = await checkInput(input, checks, request)
    if (screen.json) record(word, found, screen)
    else show(word, found, screen, options.verbose === true)
    return found.pass ? 0 : 1
  } finally {
    await input.close()
  }
}

function show(word: string, { rows, outcomes, unread }: FileCheck, screen: CommandScreen, verbose: boolean): void {
  const { paint } = screen
  screen.lines(`${paint.bold(word)}  ${rowsText(rows)}`, '')
  screen.table(
    [
      { title: 'check', least: 20 },
      { title: 'failed', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'verdict' },
    ],
    outcomes.map(({ check, failed, of, verdict }) => [
      `${check.name}${threshold(check)}`,
      check.rule.scope === 'dataset' ? '' : countText(failed),
      check.rule.scope === 'dataset' || of === 0 ? '' : percent(failed / of),
      {
        text: verdict,
        style: verdict === 'passes' ? paint.green : verdict === 'violated' ? paint.red : paint.yellow,
      },
    ]),
  )
  for (const { check, samples } of outcomes) {
    if (samples === undefined) continue
    screen.lines('', paint.dim(`${check.name}:`))
    screen.batch(samples)
  }
  if (unread.rows > 0) {
    screen.lines('', paint.red(`${rowsText(unread.rows)} could not be read:`))
    if (unread.samples !== undefined) screen.batch(unread.samples)
  }
  if (!verbose) return
  screen.lines('')
  for (const { check, why } of outcomes)
    screen.lines(`${check.name}: ${why === undefined ? 'decided where the rows lie' : `decided in process: ${why}`}`)
}

function record(word: string, { rows, outcomes, unread }: FileCheck, screen: CommandScreen): void {
  const rowsOf = (batch: Batch | undefined) => (batch === undefined ? [] : screen.batchRecords(batch))
  screen.record({
    file: word,
    rows,
    checks: outcomes.map(({ check, failed, of, verdict, samples, way, why }) => ({
      check: check.name,
      scope: check.rule.scope,
      ...(check.rule.scope === 'dataset' ? {} : { failed, share: of === 0 ? 0 : failed / of }),
      ...(check.atLeast === undefined ? {} : { atLeast: check.atLeast }),
      ...(check.atMost === undefined ? {} : { atMost: check.atMost }),
      verdict,
      samples: rowsOf(samples),
      way,
      ...(why === undefined ? {} : { why }),
    })),
    unread: { rows: unread.rows, samples: rowsOf(unread.samples) },
  })
}

function threshold(check: Check): string {
  const words = showThresholds(check)
  return words === '' ? '' : `, ${words}`
}

function percent(share: number): string {
  const text = (share * 100).toFixed(share > 0 && share < 0.001 ? 3 : 1)
  return `${text.replace(/\.0+$/, '')} %`
}
