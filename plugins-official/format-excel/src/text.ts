/** Characters that XML cannot hold stand as `_x000D_` (ECMA-376 part 1, section 22.9.2.19, ST_Xstring). */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
const special = /[&<>]|[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/g

export function escapeText(text: string): string {
  return text.replace(special, (char) => {
    if (char === '&') return '&amp;'
    if (char === '<') return '&lt;'
    if (char === '>') return '&gt;'
    return `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`
  })
}

export function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;')
}
