import { escapeHtml, type Profile, profileSections } from '@tidegate/profile'
import type { CheckReport, NodeReport, RunReport } from 'tidegate'
import { type Cell, countText, number, shareText, table, text, timeText } from './html.ts'
import { styles } from './styles.ts'
import { trends } from './trend.ts'

export interface ReportOptions {
  /** What the rows of nodes look like, by node. */
  readonly profiles?: Readonly<Record<string, Profile>>
}

/** A report as one page: no script, no request to anywhere, readable on a phone and on paper. */
export function reportPage(report: RunReport, { profiles = {} }: ReportOptions = {}): string {
  const { env, pipeline, entry, nodes } = report
  const title = `${pipeline} (${env})`
  const state = entry === undefined ? 'no entry' : `entry ${entry.number}, ${timeText(entry.at)}, run ${entry.runId}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Report of ${escapeHtml(title)}</title>
<style>${styles}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(state)}</p>${verdict(report)}</header>
<main>
${table('Nodes', ['Node', 'Kind', 'State', 'Rows in', 'Rows out', 'Quarantined', 'Dropped', 'Repaired', 'Checks'], nodes.map(overview))}
${nodes.map((node, i) => details(node, i, profiles[node.node])).join('\n')}
</main>
</body>
</html>
`
}

/** In one sentence, what a reader wants to know first. */
function verdict({ entry, nodes }: RunReport): string {
  const checks = nodes.flatMap((node) => node.checks)
  const missed = checks.filter(({ pass }) => !pass)
  const errors = missed.filter(({ severity }) => severity === 'error')
  const withheld = nodes.filter(({ status }) => status === 'withheld').map(({ node }) => node)
  const aside = nodes.reduce((sum, { counts }) => sum + counts.quarantined, 0)
  const empty = nodes.filter(({ status }) => status === 'empty').map(({ node }) => node)
  const said = [
    withheld.length > 0
      ? `Withheld: ${withheld.join(', ')}`
      : entry === undefined
        ? 'Nothing is committed yet'
        : errors.length > 0
          ? 'Committed with violations'
          : 'Committed',
    ...(withheld.length === 0 && entry !== undefined && empty.length > 0 ? [`not yet made: ${empty.join(', ')}`] : []),
    checks.length === 0
      ? 'no checks'
      : missed.length === 0
        ? `all ${plural(checks.length, 'check')} hold`
        : `${countText(missed.length)} of ${plural(checks.length, 'check')} missed`,
    aside === 0 ? 'no row is set aside' : `${plural(aside, 'row')} set aside`,
  ]
  const kind = withheld.length > 0 ? 'bad' : missed.length > 0 || aside > 0 || empty.length > 0 ? 'odd' : ''
  return `<p class="verdict ${kind}">${escapeHtml(said.join('; '))}.</p>`
}

function overview(node: NodeReport, i: number): readonly Cell[] {
  const { counts, checks } = node
  const failed = checks.filter(({ pass }) => !pass).length
  const told = failed === 0 ? `${checks.length} hold` : `${failed} of ${checks.length} missed`
  const count = (value: number | undefined): Cell => (value === undefined || value === 0 ? text('') : number(value))
  return [
    { html: shown(node) ? `<a href="#n${i}">${escapeHtml(node.node)}</a>` : escapeHtml(node.node) },
    text(node.kind),
    { html: mark(node.status, node.status === 'withheld' ? 'bad' : node.status === 'empty' ? 'odd' : 'good') },
    number(counts.rowsIn),
    number(node.published?.rows ?? counts.rowsOut),
    count(counts.quarantined),
    count(counts.dropped),
    count(counts.repaired),
    checks.length === 0 ? text('') : { html: mark(told, failed === 0 ? 'good' : 'bad') },
  ]
}

/** Whether there is more to say of a node than its line. */
function shown({ checks, counts }: NodeReport): boolean {
  return checks.length > 0 || counts.quarantined > 0
}

function details(node: NodeReport, i: number, profile: Profile | undefined): string {
  if (!shown(node) && profile === undefined) return ''
  const { counts } = node
  const reads = Object.values(node.inputs)
  const balance = [
    `${plural(counts.rowsIn, 'row')} in`,
    `${countText(counts.rowsOut)} out`,
    `${countText(counts.quarantined)} quarantined`,
    `${countText(counts.dropped)} dropped`,
  ].join(', ')
  const facts = [
    node.kind,
    reads.length === 0 ? '' : `reads ${reads.join(', ')}`,
    node.at === undefined ? '' : timeText(node.at),
    node.runId === undefined ? '' : `run ${node.runId}`,
  ].filter((fact) => fact !== '')
  return `<section class="node" id="n${i}"><h2>${escapeHtml(node.node)} <small>${escapeHtml(facts.join(' · '))}</small></h2>
<p>${escapeHtml(balance)}${lives(node)}</p>
${table(`Checks of ${node.node}`, ['Check', '', 'Failed', 'Share', 'Verdict', 'Observed'], node.checks.map(checkRow))}
${node.checks.map(samples).join('\n')}
${trends(node.trend)}
${profile === undefined ? '' : `<details><summary>Profile of ${escapeHtml(node.node)}</summary>${profileSections(profile, `n${i}-`)}</details>`}
</section>`
}

function lives({ lives }: NodeReport): string {
  const told = Object.entries(lives).flatMap(([status, rows]) => (rows > 0 ? [`${countText(rows)} ${status}`] : []))
  return told.length === 0 ? '' : ` <small>(in quarantine so far: ${escapeHtml(told.join(', '))})</small>`
}

function checkRow(check: CheckReport): readonly Cell[] {
  const { name, pass, severity, failed, of, verdict, scope, observed, threshold, samples, sample } = check
  const first = samples === undefined && sample !== undefined ? `, first: ${sample}` : ''
  const missed = severity === 'error' ? 'missed' : severity
  return [
    text(threshold === '' ? name : `${name}, ${threshold}`),
    {
      html: pass
        ? mark('holds', failed > 0 && scope !== 'dataset' ? 'odd' : 'good')
        : mark(missed, severity === 'error' ? 'bad' : 'odd'),
    },
    scope === 'dataset' ? text('') : number(failed),
    scope === 'dataset' ? text('') : { html: shareText(failed, of), kind: 'number' },
    text(failed > 0 || !pass ? verdict : ''),
    text(`${observed}${first}`),
  ]
}

function samples({ name, samples, failed }: CheckReport): string {
  if (samples === undefined || samples.rows.length === 0) return ''
  const rows = samples.rows.map((row) => row.map(text))
  const told = `${name}: ${samples.rows.length} of ${plural(failed, 'failed row')}`
  return `<div class="samples">${table(told, samples.columns, rows)}</div>`
}

function mark(word: string, kind: 'good' | 'bad' | 'odd'): string {
  const sign = { good: '✓', bad: '✗', odd: '!' }[kind]
  return `<span class="mark ${kind}">${sign} ${escapeHtml(word)}</span>`
}

function plural(count: number, word: string): string {
  return `${countText(count)} ${word}${count === 1 ? '' : 's'}`
}
