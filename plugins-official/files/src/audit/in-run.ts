import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type Batch,
  type Check,
  type Config,
  concatBatches,
  diskWorkspace,
  each,
  type Node,
  pipeline,
  run,
  sliceBatch,
  toBatch,
  type Violation,
} from 'tidegate'
import type { Input } from '../commands/input.ts'
import { type Finding, sampleOf } from './outcome.ts'

export interface RunRequest {
  readonly cwd: string
  /** Failing rows to keep of each check. */
  readonly samples: number
  /** Bytes. */
  readonly memory: number
  readonly signal: AbortSignal
}

export interface RunFindings {
  readonly rows: number
  /** In the order of the checks. */
  readonly findings: readonly Finding[]
  readonly unread: { readonly rows: number; readonly samples: Batch | undefined }
}

/** The file as a source of a real run in a workspace that is thrown away. */
export async function checkInRun(
  input: Input,
  checks: readonly Check[],
  { cwd, samples, memory, signal }: RunRequest,
): Promise<RunFindings> {
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
    const violations = new Map<string, Violation>()
    const config: Config = {
      pipelines: { check: pipeline({ rows, ...judgesOf(rows, checks) }) },
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
    const found = new Map<string, Batch>()
    for (const [node, { quarantine }] of Object.entries(ran)) {
      const first = await firstRows(quarantine, samples)
      if (first !== undefined) found.set(node, sampleOf(first))
    }
    const findings = checks.map((check, i): Finding => {
      const node = check.rule.scope === 'dataset' ? 'rows' : judgeName(i)
      const violation = violations.get(`${node}/${check.name}`)
      // The source's own gate condemns nothing: its checks only warn.
      const own = check.rule.scope === 'dataset' ? undefined : found.get(node)
      return { failed: violation?.rows ?? 0, of: violation?.of ?? total, missed: violation !== undefined, samples: own }
    })
    const unread = { rows: ran['rows']?.quarantine.rows ?? 0, samples: found.get('rows') }
    return { rows: total, findings, unread }
  } finally {
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

/** The rules of one scope, such that nothing ends the run before everything is counted; thresholds are judged afterwards, over all rows. */
function scoped(checks: readonly Check[], scope: Check['rule']['scope']): readonly Check[] {
  return checks
    .filter(({ rule }) => rule.scope === scope)
    .map(({ atLeast: _, atMost: __, severity: ___, ...rest }) => ({
      ...rest,
      verdict: scope === 'dataset' ? 'warn' : 'quarantine',
    }))
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
