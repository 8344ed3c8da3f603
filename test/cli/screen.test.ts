import { describe, expect, it } from 'vitest'
import { createOutput } from '../../src/cli/output.ts'
import { createLiveScreen } from '../../src/cli/screen/live-screen.ts'
import { progressLines } from '../../src/cli/screen/progress-lines.ts'
import { createTracker } from '../../src/cli/screen/tracker.ts'
import { createPaint } from '../../src/cli/text/paint.ts'
import type { TidegateEvent } from '../../src/plugins/events.ts'

const span = { runId: 'r', pipeline: 'flights', span: 'r' }
const at = (node: string) => ({ ...span, node })
const none = { new: 0, changed: 0, removed: 0, unchanged: 0 }
const planned = (node: string, action: 'run' | 'up to date') => ({
  node,
  kind: 'each',
  kept: false,
  action,
  parts: none,
  why: '',
})
const story: readonly TidegateEvent[] = [
  { type: 'run.started', at: 1000, env: 'test', ...span },
  {
    type: 'run.planned',
    removed: [],
    at: 1000,
    nodes: [planned('flights', 'run'), planned('airports', 'up to date'), planned('daily', 'run')],
    ...span,
  },
  { type: 'node.started', at: 1000, parts: 1, rows: 4000, ...at('flights') },
  { type: 'node.progress', at: 2000, rows: 1000, partsDone: 0, ...at('flights') },
  { type: 'node.started', at: 1000, parts: 4, ...at('daily') },
  { type: 'node.progress', at: 2000, rows: 900, partsDone: 1, ...at('daily') },
]
const follow = (events: readonly TidegateEvent[]) => {
  const tracker = createTracker('flights', 'test')
  for (const event of events) tracker.add(event)
  return tracker
}
const view = { now: 3000, width: 80, height: 24, paint: createPaint(false) }

describe('progress', () => {
  it('shows rows, rate and share where they are known', () => {
    expect(progressLines(follow(story), view)).toEqual([
      'flights (test)  2.0 s',
      '  flights   ━━━━────────────  25 %  1,000 rows  500/s  running',
      '  airports                                             up to date',
      '  daily     ━━━━────────────  25 %    900 rows  450/s  part 2 of 4',
    ])
  })

  it('ends with what became of each node, and ignores other pipelines', () => {
    const end: readonly TidegateEvent[] = [
      {
        type: 'node.finished',
        at: 2500,
        status: 'committed',
        duration: 1500,
        bytes: 0,
        why: '',
        rowsIn: 4000,
        rowsOut: 4000,
        quarantined: 0,
        dropped: 0,
        warned: 0,
        ...at('flights'),
      },
      { type: 'node.progress', at: 2500, rows: 1, partsDone: 0, ...at('daily'), pipeline: 'other' },
    ]
    expect(progressLines(follow([...story, ...end]), view)[1]).toMatch(/^ {2}flights +1,000 rows +667\/s +committed$/)
    expect(progressLines(follow([...story, ...end]), view)[3]).toMatch(/900 rows/)
  })

  it('fits into small terminals', () => {
    const lines = progressLines(follow(story), { ...view, width: 40, height: 4 })
    expect(lines).toHaveLength(3)
    expect(lines.at(-1)).toBe('  and 2 more nodes')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40)
  })
})

describe('the live screen', () => {
  const terminal = () => {
    const written: string[] = []
    const stdout = { write: (text: string) => written.push(text), isTTY: true, columns: 60, rows: 20 }
    return {
      written,
      output: createOutput({
        stdout,
        stderr: { write: (text) => written.push(text) },
        variables: { NO_COLOR: '1' },
        json: false,
      }),
    }
  }

  it('draws over itself at most ten times a second, steps aside for other lines, and gives the cursor back', () => {
    const { written, output } = terminal()
    const screen = createLiveScreen(output, follow(story))
    for (let i = 0; i < 1000; i++) screen.draw()
    expect(written).toHaveLength(1)
    expect(written[0]?.startsWith('\u001b[?25lflights (test)')).toBe(true)
    output.note('a warning')
    expect(written.slice(1)).toEqual(['\u001b[4A\r\u001b[0J', 'a warning\n'])
    screen.close()
    screen.close()
    expect(written.slice(3)).toEqual(['\u001b[?25h'])
    screen.draw()
    expect(written).toHaveLength(4)
  })
})

describe('the output', () => {
  it('takes secrets out of everything, records and errors included', () => {
    const written: string[] = []
    const stream = { write: (text: string) => written.push(text) }
    const output = createOutput({ stdout: stream, stderr: stream, variables: {}, json: true })
    output.redactWith((text) => text.replaceAll('hunter2', '[secret]'))
    output.lines('a hunter2')
    output.record({ b: 'hunter2' })
    output.error(new Error('c hunter2'))
    expect(written.join('')).not.toContain('hunter2')
    expect(written.join('')).toContain('{"b":"[secret]"}')
  })
})
