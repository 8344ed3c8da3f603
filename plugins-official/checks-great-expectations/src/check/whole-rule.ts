import type { Bits, CondemningRule } from 'tidegate'
import { countOf, createMarks } from '../result/marks.ts'
import { expected, type WholeDefinition } from '../rules/definition.ts'
import { openDomain } from '../rules/domain.ts'
import type { About } from './row-rule.ts'

/** An expectation that compares rows. Of a part it keeps a bit for each row (judged or not) and `width` bytes for each judged one. */
export function wholeRule(definition: WholeDefinition, { name, description }: About): CondemningRule {
  const { width, mostly } = definition
  return {
    scope: 'condemning',
    version: 1,
    collect(schema) {
      const domain = openDomain(definition, schema, name)
      const mark = definition.open(schema)
      const marks = createMarks(width)
      const judged: Uint8Array[] = []
      return {
        add(batch) {
          const states = domain(batch)
          mark(batch, states, marks.room(countOf(states)))
          judged.push(states)
        },
        finish() {
          const rows = judged.reduce((sum, states) => sum + states.length, 0)
          const view = marks.view()
          const bits = bytesFor(rows)
          const out = new Uint8Array(bits + view.byteLength)
          let at = 0
          for (const states of judged) for (const state of states) setBit(out, at++, state === expected)
          out.set(new Uint8Array(view.buffer, 0, view.byteLength), bits)
          return out
        },
      }
    },
    async condemn(parts) {
      const partials = await Promise.all(parts.map(({ partial }) => partial()))
      const sizes = partials.map((bytes, i) => bytes.length - bytesFor((parts[i] as { rows: number }).rows))
      const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
      let at = 0
      for (const [i, bytes] of partials.entries()) {
        all.set(bytes.subarray(bytes.length - (sizes[i] as number)), at)
        at += sizes[i] as number
      }
      const judged = all.length / width
      const verdicts = definition.decide(new DataView(all.buffer), judged)
      const rows = condemned(parts, partials, verdicts)
      const found = verdicts.reduce((sum, one) => sum + one, 0)
      if (mostly === 1) return { rows, ...reasoned(description) }
      const share = judged === 0 ? 1 : (judged - found) / judged
      const observed = `${found} of ${judged} judged rows failed, a share of ${mostly} must hold`
      return { rows, ...reasoned(description), dataset: { pass: share >= mostly, observed } }
    },
  }
}

function reasoned(description: string | undefined) {
  return description === undefined ? {} : { reason: () => description }
}

function condemned(
  parts: readonly { readonly rows: number }[],
  partials: readonly Uint8Array[],
  verdicts: Uint8Array,
): ReadonlyMap<number, Bits> {
  const out = new Map<number, Bits>()
  let next = 0
  for (const [i, { rows }] of parts.entries()) {
    const judged = partials[i] as Uint8Array
    const bits = new Uint8Array(bytesFor(rows))
    for (let row = 0; row < rows; row++)
      if (((judged[row >> 3] as number) >> (row & 7)) & 1) setBit(bits, row, verdicts[next++] === 1)
    if (bits.some((byte) => byte !== 0)) out.set(i, bits)
  }
  return out
}

function bytesFor(rows: number): number {
  return (rows + 7) >> 3
}

function setBit(bits: Uint8Array, row: number, on: boolean): void {
  if (on) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
}
