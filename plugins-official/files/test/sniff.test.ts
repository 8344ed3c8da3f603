import { describe, expect, it } from 'vitest'
import { type SniffReport, sniffBytes } from '../src/sniff.ts'
import { type Case, corpus } from './sniff-corpus.ts'

const keys = [
  'delimiter',
  'quote',
  'escape',
  'comment',
  'skip',
  'header',
  'headerRows',
  'decimal',
  'thousands',
  'nulls',
  'trim',
  'dateFormat',
  'encoding',
  'lines',
]

function faults({ tables, types }: Case, report: SniffReport): readonly string[] {
  if (report.tables.length !== tables.length) return [`${report.tables.length} tables`]
  const wrong = tables.flatMap((expected, i) => {
    const { options } = report.tables[i]!
    return keys.flatMap((key) => {
      const [is, should] = [options[key], (expected as Readonly<Record<string, unknown>>)[key]].map((value) =>
        JSON.stringify(value),
      )
      return is === should ? [] : [`${key} is ${is}, not ${should}`]
    })
  })
  const columns = new Map(report.tables[0]!.columns.map(({ name, type }) => [name, type]))
  for (const [name, type] of Object.entries(types ?? {}))
    if (columns.get(name) !== type) wrong.push(`${name} is ${columns.get(name)}, not ${type}`)
  return wrong
}

describe('sniffing', () => {
  it(`finds the dialect of all ${corpus.length} messy files`, async () => {
    expect(corpus.length).toBeGreaterThanOrEqual(40)
    const wrong: string[] = []
    let right = 0
    for (const messy of corpus) {
      const report = await sniffBytes(messy.bytes, { path: 'a.csv', whole: true })
      const found = faults(messy, report)
      if (found.length > 0) wrong.push(`${messy.name}: ${found.join('; ')}`)
      else right++
    }
    // The accuracy that docs/formats/sniff.md states.
    expect({ accuracy: right / corpus.length, wrong }).toEqual({ accuracy: 1, wrong: [] })
  })
})
