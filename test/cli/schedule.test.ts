import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, tidegate } from './projects.ts'

const config = (schedules: string) => `
import { each, defineConfig, fromTable, pipeline, table } from 'tidegate'
import { z } from 'zod'

const rows = fromTable(table(z.object({ id: z.int32() }), { id: [1, 2, 3] }))
const doubled = each({ from: rows, run: (t) => t.derive({ twice: (d) => d.id * 2 }), keep: true })

export default defineConfig(() => ({ pipelines: { p: pipeline({ rows, doubled }) }, schedules: ${schedules} }))
`

describe('tidegate schedule', () => {
  test('refuses wrong patterns, zones and pipelines like other faults, all at once', () => {
    const folder = project({
      'pipeline.config.ts': config(
        `{ p: { cron: '99 * * * *', zone: 'Mars/Olympus' }, q: { cron: '0 6 * *' } } as never`,
      ),
    })
    const { code, stderr } = tidegate(folder, ['schedule', '--list'])
    expect(code).toBe(2)
    expect(stderr).toContain('schedules.p.zone: expected a time zone such as "Europe/Berlin" or "UTC"')
    expect(stderr).toContain('schedules.q: there is no pipeline "q"')
    expect(stderr).toContain('schedules.q.cron: "0 6 * *" is no cron pattern')
  })

  test('--once runs what is due, and nothing twice; --list tells; --print prints', () => {
    const folder = project({ 'pipeline.config.ts': config(`{ p: { cron: '* * * * *', zone: 'Europe/Berlin' } }`) })
    const empty = JSON.parse(tidegate(folder, ['schedule', '--list', '--json']).stdout)
    expect(empty.schedule).toMatchObject({ pipeline: 'p', cron: '* * * * *', zone: 'Europe/Berlin', last: null })
    const first = tidegate(folder, ['schedule', '--once', '--json'])
    expect([first.code, first.stderr]).toEqual([0, ''])
    const events = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const started = events.find(({ type }) => type === 'run.started')
    expect(started.scheduled % 60_000).toBe(0)
    expect(events.at(-1)).toMatchObject({
      type: 'tick.finished',
      tick: started.scheduled,
      outcome: { status: 'succeeded' },
    })
    const listed = JSON.parse(tidegate(folder, ['schedule', '--list', '--json']).stdout).schedule
    expect(listed.last).toMatchObject({ tick: new Date(started.scheduled).toISOString(), status: 'succeeded' })
    expect(tidegate(folder, ['schedule', '--list']).stdout).toMatch(
      /pipeline +cron[\s\S]*p +\* \* \* \* \* Europe\/Berlin/,
    )
    const printed = tidegate(folder, ['schedule', '--print', 'crontab', '--env', 'production'])
    expect(printed.stdout).toContain('npx tidegate schedule p --once --env production')
    expect(tidegate(folder, ['schedule', '--print', 'cron']).stderr).toContain('--print: "cron" is no target')
    expect(tidegate(folder, ['schedule', 'pp']).stderr).toContain('There is no schedule for a pipeline "pp"')
  }, 60_000)

  test('runs every second until it is stopped, and ends cleanly', async () => {
    const folder = project({ 'pipeline.config.ts': config(`{ p: { cron: '* * * * * *' } }`) })
    const root = join(import.meta.dirname, '../..')
    const args = ['--import', join(root, 'node_modules/tsx/dist/loader.mjs'), '-C', 'tidegate-source']
    const child = spawn(process.execPath, [...args, join(root, 'src/cli/main.ts'), 'schedule'], { cwd: folder })
    let [stdout, stderr] = ['', '']
    child.stderr.on('data', (data) => {
      stderr += data
    })
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        stdout += data
        if (stdout.split('up to date').length > 2) resolve()
      })
      child.on('exit', () => resolve())
    })
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect([code, stderr]).toEqual([0, 'Stopping: finished work is kept. Press Ctrl-C again to stop at once.\n'])
    expect(stdout).toMatch(/p {2}succeeded in [\s\S]*p {2}was up to date in/)
    expect(readdirSync(join(folder, '.tidegate/schedules/development/p')).length).toBeGreaterThanOrEqual(3)
  }, 60_000)
})
