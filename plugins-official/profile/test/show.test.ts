import { type CommandScreen, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { profile, profilePage } from '../src/index.ts'
import { figure, share, sparkline } from '../src/show/figures.ts'
import { escapeHtml } from '../src/show/html.ts'
import { showProfile } from '../src/show/terminal.ts'
import { batchOf } from './rows.ts'

const hostile = `</style><script>alert("1")</script><img src=x onerror='x'>&amp;\u001b[31m\u202e`
const made = await profile(
  batchOf({
    [hostile]: [types.string, [hostile, 'b', 'b']],
    amount: [types.float64, [1, 2.5, Number.NaN]],
    'x" onload="y': [types.int32, [1, 2, 3]],
    day: [types.date, [0, 86_400_000, null]],
  }),
)

describe('the page', () => {
  const page = profilePage(hostile, made)
  it('lets no name and no value become markup', () => {
    expect(page).not.toContain('<script')
    expect(page).not.toContain('<img')
    expect(page).not.toContain('\u001b')
    expect(page).not.toContain('\u202e')
    expect(page).not.toMatch(/" onload=/)
    expect(page).toContain('&lt;script&gt;')
    expect(page.match(/<\/style>/g)).toHaveLength(1)
  })
  it('asks for nothing from anywhere', () => {
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/(?:src|href)="(?!#)|url\(|@import/)
  })
  it('is told in words: tables with captions and headers, histograms with labels', () => {
    const count = (pattern: RegExp) => page.match(pattern)?.length ?? 0
    expect(count(/<table>/g)).toBe(count(/<caption>/g))
    expect(count(/<svg /g)).toBe(count(/role="img" aria-label="Histogram of /g))
    expect(count(/<svg /g)).toBe(3)
    expect(page).toContain('<th scope="col">Column</th>')
    expect(page).toContain('lang="en"')
  })
  it('has every tag closed', () => {
    const open: string[] = []
    for (const [, close, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', '!doctype'].includes(name)) continue
      if (close === '') open.push(name)
      else expect(open.pop()).toBe(name)
    }
    expect(open).toEqual([])
  })
  it('escapes all that has a meaning', () => {
    expect(escapeHtml(`&<>"'\u0000\ud800`)).toBe('&amp;&lt;&gt;&quot;&#39;\ufffd\ufffd')
  })
})

describe('the terminal', () => {
  it('shows a line for each column, with a small histogram', async () => {
    const lines: string[] = []
    const plain = (text: string) => text
    const paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain }
    const screen = {
      paint,
      lines: (...given: string[]) => lines.push(...given),
      table: (columns: readonly { title: string }[], rows: readonly (readonly (string | { text: string })[])[]) => {
        for (const row of rows) lines.push(row.map((cell) => (typeof cell === 'string' ? cell : cell.text)).join('|'))
        expect(rows.every((row) => row.length === columns.length)).toBe(true)
      },
    } as unknown as CommandScreen
    showProfile(
      'a.csv',
      await profile(batchOf({ n: [types.int32, [1, 1, 8]], t: [types.string, ['x', null, 'x']] })),
      screen,
    )
    expect(lines).toEqual([
      'a.csv  3 rows, 2 columns',
      '',
      'n|int32|0 %|2|1|1|8|█      ▄|increasing',
      't|string|33.3 %|1|x||x|x 100 %|constant, words',
    ])
  })
  it('writes figures for people', () => {
    expect([figure(1234.567), figure(0.00001), figure(1e15), figure(undefined), figure(true)]).toEqual([
      '1,234.57',
      '1e-5',
      '1e+15',
      '',
      'true',
    ])
    expect([share(0, 5), share(1, 3), share(1, 1e6), share(999_999, 1e6), share(5, 5)]).toEqual([
      '0 %',
      '33.3 %',
      '< 0.1 %',
      '> 99.9 %',
      '100 %',
    ])
    expect(sparkline([0, 1, 2, 4])).toBe(' ▂▄█')
    expect(sparkline([])).toBe('')
  })
})
