import { createBits, setBit } from '../bits.ts'
import { TidegateError } from '../errors.ts'
import type { Tally } from '../gate/decide.ts'
import { type GatePlan, parseCheck } from '../gate/gate-plan.ts'
import { addCounts, noCounts, type OutputPart, type PartRecord, type Section } from '../parts/record.ts'
import type { Condemned } from '../run/condemn.ts'
import type { Engine } from '../run/engine.ts'
import type { NodeState } from '../run/node-state.ts'
import { foldLives, type Rejection } from './fold-lives.ts'
import { putKeys } from './keys.ts'
import { putLives, readLives } from './lives.ts'
import { type RejectedPart, readRejected } from './rejected.ts'
import { carried, type Replayed } from './replay.ts'

/** What the gate made of its rows when every row is counted once: one that a correction stands for leaves quarantine, and its correction takes its place. */
export interface SettledQuarantine {
  readonly parts: readonly OutputPart[]
  /** For counting and deciding alone: what is stored is in `parts`. */
  readonly records: readonly PartRecord[]
  readonly condemned: Condemned
  readonly section: Pick<Section, 'corrections' | 'quarantine'>
}

export async function settleQuarantine(
  engine: Engine,
  state: NodeState,
  plan: GatePlan,
  records: readonly PartRecord[],
  condemned: Condemned,
  replayed: Replayed,
): Promise<SettledQuarantine> {
  const from = carried(state)
  const anyRows = condemned.parts.some((part) => part.record.quarantine !== undefined || part.quarantine !== undefined)
  const corrections = from.corrections?.map(({ pending: _, ...rest }) => rest)
  if (!anyRows && from.quarantine === undefined)
    return {
      parts: condemned.parts.map((part) => marked(part, replayed)),
      records,
      condemned,
      section: corrections === undefined ? {} : { corrections },
    }
  const rejected = await readRejected(engine.store, condemned.parts, replayed.keys)
  const names = plan.checks.map(({ check }) => check.name)
  const leaving = rejected.map((part) => leave(part, replayed, names))
  const parts: OutputPart[] = []
  for (const [index, own] of rejected.entries())
    parts.push(await noted(engine, own, leaving[index] as Leaving, replayed))
  const adjusted = leaving.map(({ record }) => record)
  const counted = withoutLeaving(condemned, leaving)
  balance(state, parts, adjusted, counted)
  const { runId, now } = engine.settings
  const lives = foldLives({
    before: await readLives(engine.store, from.quarantine),
    rejected: rejections(rejected.filter(({ part }) => !replayed.keys.has(part.record.part))),
    active: replayed.active,
    again: rejections(rejected.filter(({ part }) => replayed.keys.has(part.record.part))),
    now: { runId, at: now },
    seen: { runId: from.runId ?? runId, at: from.at ?? now },
  })
  return {
    parts,
    records: adjusted,
    condemned: counted,
    section: {
      ...(corrections === undefined ? {} : { corrections }),
      ...(lives.size === 0 ? {} : { quarantine: await putLives(engine.store, lives) }),
    },
  }
}

function rejections(parts: readonly RejectedPart[]): ReadonlyMap<string, Rejection> {
  const found = new Map<string, Rejection>()
  for (const { part, keys, reasons, rows } of parts)
    for (const [index, key] of keys.entries())
      found.set(key, { reasons: reasons[index] as string, part: part.record.part, row: rows[index] as number })
  return found
}

/** Rows of one part that leave quarantine because a correction stands for them. */
interface Leaving {
  readonly record: PartRecord
  readonly rows: readonly number[]
  readonly condemned: number
  /** How many of the condemned ones each check had failed. */
  readonly tallies: ReadonlyMap<string, number>
}

function leave({ part, keys, reasons, own }: RejectedPart, replayed: Replayed, names: readonly string[]): Leaving {
  const { record } = part
  const nobody = replayed.active.size === 0 || replayed.keys.has(record.part)
  const rows = nobody ? [] : keys.flatMap((key, index) => (replayed.active.has(key) ? [index] : []))
  if (rows.length === 0) return { record, rows, condemned: 0, tallies: new Map() }
  const [mine, theirs] = [rows.filter((row) => row < own), rows.filter((row) => row >= own)]
  const failed = tally(
    mine.map((row) => reasons[row] as string),
    names,
  )
  const { counts } = record
  return {
    record: {
      ...record,
      counts: {
        ...counts,
        rowsIn: counts.rowsIn - rows.length,
        quarantined: counts.quarantined - mine.length,
        rowsOut: counts.rowsOut - theirs.length,
      },
      checks: Object.fromEntries(
        Object.entries(record.checks).map(([name, check]) => [
          name,
          { ...check, failed: Math.max(0, check.failed - (failed.get(name) ?? 0)) },
        ]),
      ),
    },
    rows,
    condemned: theirs.length,
    tallies: tally(
      theirs.map((row) => reasons[row] as string),
      names,
    ),
  }
}

/** How many rows failed each check, from the reasons they carry; what names no check could not be parsed. */
function tally(reasons: readonly string[], names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of reasons) {
    const failed = names.filter((name) => mentions(text, name))
    for (const name of failed.length === 0 ? [parseCheck] : failed) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** A reason begins with the name of its check; reasons are joined by `; `. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const next = text[at + name.length]
    const begins = at === 0 || text.slice(at - 2, at) === '; '
    if (begins && (next === undefined || next === ';' || next === ':' || next === ' ')) return true
  }
  return false
}

async function noted(
  engine: Engine,
  { part, keys, renamed }: RejectedPart,
  { rows }: Leaving,
  replayed: Replayed,
): Promise<OutputPart> {
  const own = marked(part, replayed)
  if (!renamed && rows.length === 0) return own
  const bits = createBits(keys.length)
  for (const row of rows) setBit(bits, row)
  return {
    ...own,
    aside: {
      ...(renamed ? { keys: await putKeys(engine.store, keys) } : {}),
      ...(rows.length === 0 ? {} : { corrected: { bits: Buffer.from(bits).toString('base64'), rows: rows.length } }),
    },
  }
}

function marked(part: OutputPart, { keys }: Replayed): OutputPart {
  return keys.has(part.record.part) ? { ...part, correction: true } : part
}

function withoutLeaving(condemned: Condemned, leaving: readonly Leaving[]): Condemned {
  const gone = leaving.reduce((sum, own) => sum + own.condemned, 0)
  if (gone === 0) return condemned
  const tallies = new Map<string, Tally>(condemned.tallies)
  for (const own of leaving)
    for (const [name, failed] of own.tallies) {
      const known = tallies.get(name)
      if (known !== undefined) tallies.set(name, { ...known, failed: Math.max(0, known.failed - failed) })
    }
  return { ...condemned, tallies, gone: condemned.gone - gone, aside: condemned.aside - gone }
}

/** Rows in == rows out + quarantined + dropped over the whole node, and quarantine holds as many rows as are counted. */
function balance(
  { node }: NodeState,
  parts: readonly OutputPart[],
  records: readonly PartRecord[],
  condemned: Condemned,
): void {
  const counts = records.reduce((sum, record) => addCounts(sum, record.counts), noCounts)
  const quarantined = counts.quarantined + condemned.aside
  const out = counts.rowsOut - condemned.gone
  const dropped = counts.dropped + condemned.dropped
  const held = parts.reduce(
    (sum, part) =>
      sum + (part.record.quarantine?.rows ?? 0) + (part.quarantine?.rows ?? 0) - (part.aside?.corrected?.rows ?? 0),
    0,
  )
  if (counts.rowsIn === out + quarantined + dropped && held === quarantined) return
  throw new TidegateError(
    'GATE_UNBALANCED',
    `Node "${node.name}": ${counts.rowsIn} rows in, but ${out} out + ${quarantined} quarantined (${held} held) + ${dropped} dropped`,
    { hint: 'This is a fault of Tidegate; nothing was committed. Please report it with the pipeline.' },
  )
}
