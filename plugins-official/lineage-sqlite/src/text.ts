/**
 * SQLite cuts text at a zero character and keeps no lone surrogates, so that text with either is stored as JSON; so is what begins with a quotation
 * mark, which tells the two apart. All other text stands there as it is.
 */
export function toStored(text: string): string {
  return text.startsWith('"') || text.includes('\0') || !text.isWellFormed() ? JSON.stringify(text) : text
}

export function fromStored(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text
}
