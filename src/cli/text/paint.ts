/** Styles for terminals; without colour every one of them leaves the text as it is. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

export function createPaint(color: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    color && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  }
}

/** NO_COLOR (https://no-color.org) wins, then FORCE_COLOR, then whether a terminal that knows colours is there. */
export function wantsColor(terminal: boolean, variables: Readonly<Record<string, string | undefined>>): boolean {
  if ((variables['NO_COLOR'] ?? '') !== '') return false
  const forced = variables['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0'
  return terminal && variables['TERM'] !== 'dumb'
}
