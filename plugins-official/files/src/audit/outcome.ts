import { type Batch, type Check, missedThresholds } from 'tidegate'

/** What came of one check. */
export interface FileCheckOutcome {
  readonly check: Check
  /** Rows that fail; 0 for rules about the whole dataset. */
  readonly failed: number
  /** Rows of which the rule speaks, as far as one of them failed; otherwise all. */
  readonly of: number
  readonly passes: boolean
  /** `violated`, or what a check with a milder verdict or severity does instead. */
  readonly verdict: 'passes' | 'violated' | 'warns' | 'informs'
  /** The first failing rows: why (`_reasons`), then all columns. */
  readonly samples: Batch | undefined
  /** `pushed`: DuckDB decided it where the rows lie. */
  readonly way: 'pushed' | 'in process'
  /** Why it was not pushed down. */
  readonly why?: string
}

/** What checks say of a file. */
export interface FileCheck {
  readonly rows: number
  /** One for each check, in their order. */
  readonly outcomes: readonly FileCheckOutcome[]
  /** Rows that cannot be read, and the first of them: why, their number, what could be read of them, and the raw text. */
  readonly unread: { readonly rows: number; readonly samples: Batch | undefined }
  /** No check is violated, and every row could be read. */
  readonly pass: boolean
}

/** What either way finds of a check. */
export interface Finding {
  readonly failed: number
  readonly of: number
  /** A rule over the whole dataset does not hold. */
  readonly missed: boolean
  readonly samples: Batch | undefined
}

export function outcomeOf(check: Check, finding: Finding, why: string | undefined): FileCheckOutcome {
  const { of, samples } = finding
  const failed = check.rule.scope === 'dataset' ? 0 : finding.failed
  const passes = isKept(check, finding)
  const verdict = passes ? 'passes' : missedWord(check)
  const way = why === undefined ? ({ way: 'pushed' } as const) : ({ way: 'in process', why } as const)
  return { check, failed, of, passes, verdict, samples, ...way }
}

function isKept(check: Check, { failed, of, missed }: Finding): boolean {
  if (check.rule.scope === 'dataset') return !missed
  if (check.atLeast === undefined && check.atMost === undefined) return failed === 0
  return missedThresholds(check, failed, of).length === 0
}

/** What a missed check is called: only errors are violations. */
function missedWord({ verdict, severity }: Check): 'warns' | 'informs' | 'violated' {
  if (severity === 'info') return 'informs'
  return verdict === 'warn' || severity === 'warn' ? 'warns' : 'violated'
}

/** Reasons first; keys say nothing to people, and of a row that was read its number behind the source does not either. */
export function sampleOf(batch: Batch): Batch {
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
