import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Schedule } from '../../../src/kernel/define/schedule.ts'
import { type PrintTarget, printSchedule } from '../../../src/kernel/schedule/print.ts'

const daily: Schedule = { cron: '0 6 * * MON-FRI', zone: 'Europe/Berlin' }
const print = (target: PrintTarget, schedule: Schedule = daily) =>
  printSchedule(target, {
    pipeline: 'flights',
    schedule,
    env: 'production',
    folder: '/srv/my flights',
    command: ['npx', 'tidegate', 'schedule', 'flights', '--once', '--env', 'production'],
  })
const lineOf = (text: string, start: string) => text.split('\n').filter((line) => line.trim().startsWith(start))

describe('crontab', () => {
  test('has the zone, the pattern and the command', () => {
    expect(print('crontab').split('\n').slice(-3)).toEqual([
      'CRON_TZ=Europe/Berlin',
      "0 6 * * MON-FRI cd '/srv/my flights' && npx tidegate schedule flights --once --env production",
      '',
    ])
  })

  test('says in comments what cron cannot do', () => {
    const text = print('crontab', { ...daily, overlap: 'cancel', jitter: '5m', catchUp: 'all' })
    for (const word of ['overlap "cancel"', 'jitter 5m', 'catchUp "all"'])
      expect(lineOf(text, '#').join('\n')).toContain(word)
  })

  test('spells nicknames out and drops seconds that say nothing', () => {
    expect(lineOf(print('crontab', { cron: '@daily' }), '0 0')).toHaveLength(1)
    expect(lineOf(print('crontab', { cron: '0 30 6 * * *' }), '30 6 * * * cd')).toHaveLength(1)
  })
})

describe('systemd', () => {
  test.each([
    ['0 6 * * MON-FRI', ['Mon,Tue,Wed,Thu,Fri *-*-* 06:00:00']],
    ['*/15 8-18/2 * * *', ['*-*-* 08,10,12,14,16,18:00,15,30,45:00']],
    ['0 0 1,15 JAN *', ['*-01-01,15 00:00:00']],
    ['0 0 1 * 7', ['*-*-01 00:00:00', 'Sun *-*-* 00:00:00']],
    ['*/10 * * * * *', ['*-*-* *:*:00,10,20,30,40,50']],
  ])('%s is %j', (cron, calendars) => {
    const zone = 'Europe/Berlin'
    expect(lineOf(print('systemd', { cron, zone }), 'OnCalendar')).toEqual(
      calendars.map((text) => `OnCalendar=${text} ${zone}`),
    )
  })

  test('has a service that runs once and a timer that makes up for what was missed, unless it should not', () => {
    const text = print('systemd', { ...daily, jitter: '2m' })
    expect(text).toContain('Type=oneshot\nWorkingDirectory=/srv/my flights\n')
    expect(text).toContain('ExecStart=/usr/bin/env npx tidegate schedule flights --once --env production')
    expect(text).toContain('Persistent=true')
    expect(text).toContain('RandomizedDelaySec=120s')
    expect(print('systemd', { ...daily, catchUp: 'none' })).toContain('Persistent=false')
    expect(print('systemd', { ...daily, overlap: 'queue' })).toContain('# overlap "queue": systemd cannot')
  })
})

describe('kubernetes', () => {
  const specOf = (schedule?: Schedule) => parse(print('kubernetes', schedule))

  test('is a CronJob with zone, policy and command', () => {
    const job = specOf()
    expect(job).toMatchObject({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tidegate-flights-production' },
      spec: { schedule: '0 6 * * MON-FRI', timeZone: 'Europe/Berlin', concurrencyPolicy: 'Forbid' },
    })
    expect(job.spec.jobTemplate.spec.template.spec.containers[0].command).toEqual([
      'npx',
      'tidegate',
      'schedule',
      'flights',
      '--once',
      '--env',
      'production',
    ])
  })

  test.each([
    ['skip', 'none', 'Forbid', 60],
    ['queue', 'last', 'Forbid', 86_400],
    ['cancel', 'all', 'Replace', 86_400],
  ] as const)('overlap %s and catchUp %s', (overlap, catchUp, policy, seconds) => {
    const { spec } = specOf({ ...daily, overlap, catchUp })
    expect([spec.concurrencyPolicy, spec.startingDeadlineSeconds]).toEqual([policy, seconds])
  })
})

describe('what a target cannot express', () => {
  test.each([
    ['crontab', '*/5 * * * * *', 'crontab cannot express the seconds of schedules.flights (*/5 * * * * *)'],
    ['kubernetes', '30 0 6 * * *', 'kubernetes cannot express the seconds of schedules.flights (30 0 6 * * *)'],
    ['systemd', '0 6 L * *', 'systemd cannot express "L" of schedules.flights (0 6 L * *)'],
    ['crontab', '0 6 * * MON#1', 'crontab cannot express "MON#1" of schedules.flights (0 6 * * MON#1)'],
    ['systemd', '0 0 6 * * * 2027', 'systemd cannot express the fields of schedules.flights (0 0 6 * * * 2027)'],
  ] as const)('%s refuses %s by name', (target, cron, message) => {
    expect(() => print(target, { cron })).toThrow(expect.objectContaining({ code: 'USAGE', message }))
  })
})
