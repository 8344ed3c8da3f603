import { parseDuration } from '../config/units.ts'
import type { Schedule } from '../define/schedule.ts'
import { type CronFields, cronFields } from './cron-fields.ts'
import { onTime } from './due-ticks.ts'

/** What is printed for another scheduler: it calls `tidegate schedule --once`, which keeps records, catch-up and overlaps. */
export interface PrintRequest {
  readonly pipeline: string
  readonly schedule: Schedule
  readonly env: string
  /** Of the project. */
  readonly folder: string
  /** The command and its arguments. */
  readonly command: readonly string[]
}

export const printTargets = ['crontab', 'systemd', 'kubernetes'] as const
export type PrintTarget = (typeof printTargets)[number]

/** Text ready to paste. What the target cannot do is said in a comment; a pattern that it cannot express is `USAGE`. */
export function printSchedule(target: PrintTarget, request: PrintRequest): string {
  return { crontab, systemd, kubernetes }[target](request)
}

function crontab({ pipeline, schedule, folder, command }: PrintRequest): string {
  const { text } = cronFields(pipeline, schedule.cron, 'crontab', false)
  const { zone = 'UTC', overlap = 'skip', jitter } = schedule
  const line = `cd ${shell(folder)} && ${command.map(shell).join(' ')}`.replaceAll('%', '\\%')
  return [
    `# ${pipeline}: ${schedule.cron} ${zone}`,
    '# CRON_TZ is read by cronie (Fedora, RHEL, Arch, openSUSE); other crons take the time zone of the machine.',
    ...(overlap === 'cancel' ? ['# overlap "cancel": cron cannot stop a run, so the next one waits for it.'] : []),
    ...(jitter === undefined ? [] : [`# jitter ${jitter}: cron has none, runs begin at their time.`]),
    ...catchUpNote(schedule, 'Ticks while the machine is off'),
    `CRON_TZ=${zone}`,
    `${text} ${line}`,
    '',
  ].join('\n')
}

function systemd({ pipeline, schedule, env, folder, command }: PrintRequest): string {
  const fields = cronFields(pipeline, schedule.cron, 'systemd', true)
  const { zone = 'UTC', overlap = 'skip', catchUp = 'last', jitter } = schedule
  const name = `tidegate-${pipeline}-${env}`
  return [
    `# /etc/systemd/system/${name}.service`,
    '[Unit]',
    `Description=Tidegate pipeline ${pipeline} (${env})`,
    '',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${percent(folder)}`,
    `ExecStart=/usr/bin/env ${command.map((word) => percent(shell(word))).join(' ')}`,
    '# The first signal ends a run cleanly.',
    'KillSignal=SIGTERM',
    'TimeoutStopSec=5min',
    '',
    `# /etc/systemd/system/${name}.timer`,
    '[Unit]',
    `Description=${schedule.cron} ${zone}`,
    '',
    '[Timer]',
    ...onCalendar(fields).map((text) => `OnCalendar=${text} ${zone}`),
    '# A service that is at work is not started again.',
    ...(overlap === 'skip' ? [] : [`# overlap "${overlap}": systemd cannot, a tick during a run is left out.`]),
    ...(catchUp === 'all' ? ['# catchUp "all": one start after downtime; it makes up for all ticks.'] : []),
    `Persistent=${catchUp === 'none' ? 'false' : 'true'}`,
    'AccuracySec=1s',
    ...(jitter === undefined ? [] : [`RandomizedDelaySec=${parseDuration(jitter) / 1000}s`]),
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
    `# systemctl daemon-reload && systemctl enable --now ${name}.timer`,
    '',
  ].join('\n')
}

function kubernetes({ pipeline, schedule, env, command }: PrintRequest): string {
  const { text } = cronFields(pipeline, schedule.cron, 'kubernetes', false)
  const { zone = 'UTC', overlap = 'skip', catchUp = 'last', jitter } = schedule
  const name = `tidegate-${pipeline}-${env}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 52)
    .replace(/-+$/, '')
  const policy = { skip: 'Forbid', queue: 'Forbid', cancel: 'Replace' }[overlap]
  return [
    'apiVersion: batch/v1',
    'kind: CronJob',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    `  schedule: ${JSON.stringify(text)}`,
    `  timeZone: ${JSON.stringify(zone)}`,
    ...(overlap === 'queue'
      ? ['  # overlap "queue": Kubernetes has no queue; of the ticks during a run it starts the last one afterwards.']
      : []),
    `  concurrencyPolicy: ${policy}`,
    ...(catchUp === 'none'
      ? [`  startingDeadlineSeconds: ${(onTime + (jitter === undefined ? 0 : parseDuration(jitter))) / 1000}`]
      : [
          `  # catchUp "${catchUp}": a day late at most; what was missed is read from the records in the workspace.`,
          '  startingDeadlineSeconds: 86400',
        ]),
    ...(jitter === undefined ? [] : [`  # jitter ${jitter}: Kubernetes has none, runs begin at their time.`]),
    '  jobTemplate:',
    '    spec:',
    '      backoffLimit: 0',
    '      template:',
    '        spec:',
    '          restartPolicy: Never',
    '          terminationGracePeriodSeconds: 300',
    '          containers:',
    '            - name: tidegate',
    '              # The image that holds the project; its workspace must outlive the pod (a volume or an object store).',
    '              image: REPLACE-WITH-THE-IMAGE-OF-THE-PROJECT',
    `              command: ${JSON.stringify(command)}`,
    '',
  ].join('\n')
}

/** Cron joins day of month and day of week by "or" where both are restricted, systemd by "and": there it takes two lines. */
function onCalendar({ second, minute, hour, day, month, weekday }: CronFields): readonly string[] {
  const two = (field: '*' | readonly number[]) =>
    field === '*' ? '*' : field.map((value) => String(value).padStart(2, '0')).join(',')
  const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
  const time = `${two(hour)}:${two(minute)}:${second.length === 60 ? '*' : two(second)}`
  const on = (days: CronFields['day'], week: CronFields['weekday']) =>
    `${week === '*' ? '' : `${week.map((value) => names[value]).join(',')} `}*-${two(month)}-${two(days)} ${time}`
  return day !== '*' && weekday !== '*' ? [on(day, '*'), on('*', weekday)] : [on(day, weekday)]
}

function catchUpNote({ catchUp = 'last' }: Schedule, when: string): readonly string[] {
  const what = {
    none: 'are not made up for',
    last: 'are made up for by the next start',
    all: 'are all made up for by the next start',
  }
  return [`# catchUp "${catchUp}": ${when} ${what[catchUp]}.`]
}

/** A word as a shell (and systemd) reads it. */
function shell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** systemd reads % as the beginning of a specifier. */
function percent(text: string): string {
  return text.replaceAll('%', '%%')
}
