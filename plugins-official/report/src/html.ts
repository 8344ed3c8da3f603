import { escapeHtml } from '@tidegate/profile'

export interface Cell {
  /** HTML. */
  readonly html: string
  readonly kind?: 'number'
}

export function text(value: string): Cell {
  return { html: escapeHtml(value) }
}

export function number(value: number | undefined): Cell {
  return { html: value === undefined ? '' : escapeHtml(countText(value)), kind: 'number' }
}

/** A table that scrolls by itself where it is too wide. Columns in which no row has anything are left out. */
export function table(caption: string, titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return ''
  const kept = titles.map((_, i) => rows.some((row) => (row[i]?.html ?? '') !== ''))
  const only = <T>(cells: readonly T[]) => cells.filter((_, i) => kept[i])
  const numeric = titles.map((_, i) => rows.some((row) => row[i]?.kind === 'number'))
  const head = only(
    titles.map((title, i) => `<th scope="col"${numeric[i] ? ' class="n"' : ''}>${escapeHtml(title)}</th>`),
  )
  const body = rows.map((row) => {
    const [first = '', ...rest] = only(
      row.map(({ html, kind }, i) => {
        const tag = i === 0 ? 'th scope="row"' : 'td'
        return `<${tag}${kind === 'number' ? ' class="n"' : ''}>${html}</${i === 0 ? 'th' : 'td'}>`
      }),
    )
    return `<tr>${first}${rest.join('')}</tr>`
  })
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table><caption>${escapeHtml(caption)}</caption><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`
}

export function countText(value: number): string {
  return Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: 6 })
}

/** `1.2 %`, with more digits where little would be nothing. */
export function shareText(part: number, of: number): string {
  if (of === 0) return ''
  const share = (100 * part) / of
  const digits = share > 0 && share < 0.1 ? 3 : 1
  return `${share.toFixed(digits).replace(/\.0+$/, '')} %`
}

/** `2024-05-01 12:30 UTC` */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
