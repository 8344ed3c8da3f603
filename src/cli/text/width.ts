const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u
const combining = /\p{Mark}|\u200b|\u200d|\ufe0f/u
/** C0, DEL and C1: what could steer a terminal. */
const control = /\p{Cc}/gu

/** Columns that a text takes on a terminal; it must carry no styles. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += combining.test(character) ? 0 : wide.test(character) ? 2 : 1
  return width
}

/** One line that steers no terminal: control characters of data and file names are shown as `?`. */
export function tame(text: string): string {
  return text.replace(control, '?')
}

/** The same for a text of several lines. */
export function tameLines(text: string): string {
  return text.split('\n').map(tame).join('\n')
}

/** Cut to a width, with an ellipsis in place of what is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ''
  let [kept, used] = ['', 0]
  for (const character of text) {
    const next = widthOf(character)
    if (used + next > width - 1) break
    kept += character
    used += next
  }
  return `${kept.trimEnd()}…`
}

export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? space + text : text + space
}
