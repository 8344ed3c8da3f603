import type { ColumnProfile, Profile } from '../types.ts'
import { distinctText, figure, remarks, share, topText, typeText } from './figures.ts'
import { styles } from './styles.ts'

/** Safe in text and in quoted attributes; control characters, which no page may hold, as a visible sign. */
export function escapeHtml(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (found) => signs[found] as string)
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

/** A profile as one page: no script, no request to anywhere. */
export function profilePage(title: string, profile: Profile): string {
  const { rows, columns, sample } = profile
  const name = escapeHtml(title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Profile of ${name}</title>
<style>${styles}</style>
</head>
<body>
<header><h1>${name}</h1>
<p>${figure(rows)} ${rows === 1 ? 'row' : 'rows'}, ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}; patterns, keys of several columns and dependencies from ${figure(sample.rows)} sampled rows</p></header>
<main>
${profileSections(profile)}
</main>
</body>
</html>
`
}

/** What a page says of a profile, for pages that say more. Ids begin with `prefix`. */
export function profileSections(profile: Profile, prefix = ''): string {
  const { columns, keys, correlations, dependencies, methods } = profile
  const strong = correlations.pairs.filter(({ r }) => Math.abs(r) >= 0.3).slice(0, 30)
  return `${table(
    'Columns',
    ['Column', 'Type', 'Null', 'Distinct', 'Min', 'Max', 'Remarks'],
    columns.map((column, i) => overview(column, `${prefix}c${i}`)),
  )}
${columns.map((column, i) => details(column, `${prefix}c${i}`)).join('\n')}
${table(
  'Candidate keys',
  ['Columns', 'Basis'],
  keys.map(({ columns: names, basis }) => [names.join(' + '), basis].map(escapeHtml)),
)}
${table(
  'Correlations',
  ['Column', 'With', 'r', 'Rows'],
  strong.map(({ a, b, r, rows: of }) => [escapeHtml(a), escapeHtml(b), r.toFixed(3), figure(of)]),
)}
${table(
  'Dependencies',
  ['Column', 'Decides', 'But for'],
  dependencies.slice(0, 30).map(({ from, to, error }) => [escapeHtml(from), escapeHtml(to), share(error, 1)]),
)}
${table(
  'Methods',
  ['Figure', 'Method', 'Source', 'Error'],
  Object.entries(methods).map(([what, { name: how, source, error }]) => [what, how, source, error].map(escapeHtml)),
)}`
}

/** Cells are HTML. Nothing at all where there are no rows. */
function table(caption: string, titles: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const head = titles.map((title) => `<th scope="col">${title}</th>`).join('')
  const body = rows.map(
    ([first = '', ...rest]) =>
      `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  )
  return `<section class="wide" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></section>`
}

function overview(column: ColumnProfile, id: string): string[] {
  return [
    `<a href="#${id}">${escapeHtml(column.name)}</a>`,
    escapeHtml(typeText(column)),
    share(column.nulls, column.nulls + column.count),
    distinctText(column),
    escapeHtml(figure(column.min)),
    escapeHtml(figure(column.max)),
    escapeHtml(remarks(column).join(', ')),
  ]
}

function details(column: ColumnProfile, id: string): string {
  const { numbers, text, top, count } = column
  const facts: (readonly [string, string])[] = [
    ['present', `${figure(count)} of ${figure(count + column.nulls)}`],
    ['distinct', `${distinctText(column)} (${column.distinct.method})`],
    ['mean', figure(timeless(column, numbers?.mean))],
    ['standard deviation', figure(timeless(column, numbers?.std))],
    ['zeros', figure(timeless(column, numbers?.zeros))],
    ['negative', figure(timeless(column, numbers?.negatives))],
    [
      'length',
      text === undefined
        ? ''
        : `${figure(text.length.min)} to ${figure(text.length.max)}, mean ${figure(text.length.mean)}`,
    ],
    [
      'shapes',
      text?.patterns
        .slice(0, 4)
        .map(({ pattern, share: of }) => `${pattern} ${share(of, 1)}`)
        .join(', ') ?? '',
    ],
    ['quantiles', numbers?.quantiles?.map(({ p, value }) => `${p * 100} %: ${figure(value)}`).join(', ') ?? ''],
    ['most frequent', top === undefined || top.values.length === 0 ? '' : topText(column, 10)],
    ['remarks', remarks(column).join(', ')],
  ]
  const list = facts
    .filter(([, value]) => value !== '')
    .map(([term, value]) => `<div><dt>${term}</dt><dd>${escapeHtml(value)}</dd></div>`)
  const { histogram } = numbers ?? {}
  const chart = histogram === undefined ? '' : bars(column.name, histogram)
  return `<section id="${id}" class="column"><h2>${escapeHtml(column.name)} <small>${escapeHtml(typeText(column))}</small></h2>${chart}<dl>${list.join('')}</dl></section>`
}

/** Figures that say little to people where a column holds times. */
function timeless({ type }: ColumnProfile, value: number | undefined): number | undefined {
  return ['date', 'time', 'timestamp'].includes(type.kind) ? undefined : value
}

/** A histogram that is told in words too. */
function bars(
  name: string,
  { edges, counts }: NonNullable<NonNullable<ColumnProfile['numbers']>['histogram']>,
): string {
  const top = Math.max(1, ...counts)
  const width = 240 / Math.max(1, counts.length)
  const shapes = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1, (60 * count) / top)
    const label = escapeHtml(`${figure(edges[i])} to ${figure(edges[i + 1])}: ${figure(count)}`)
    const at = `x="${(i * width).toFixed(2)}" y="${(60 - height).toFixed(2)}" width="${Math.max(1, width - 1).toFixed(2)}" height="${height.toFixed(2)}"`
    return `<rect ${at}><title>${label}</title></rect>`
  })
  const range = escapeHtml(`Histogram of ${name} from ${figure(edges[0])} to ${figure(edges.at(-1))}`)
  return `<figure><svg viewBox="0 0 240 60" role="img" aria-label="${range}" preserveAspectRatio="none">${shapes.join('')}</svg><figcaption><span>${escapeHtml(figure(edges[0]))}</span><span>${escapeHtml(figure(edges.at(-1)))}</span></figcaption></figure>`
}
