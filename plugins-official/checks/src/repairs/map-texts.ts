import { type Column, DictionaryColumn, type MendCells } from 'tidegate'

/** Each text by `map`, which is asked once for each distinct text of a dictionary. Absent cells stay absent. */
export function mapTexts(map: (text: string) => string): MendCells {
  const known = new WeakMap<readonly string[], Map<number, string>>()
  return (cells: Column) => {
    const out = new Array<string | null>(cells.length)
    if (!(cells instanceof DictionaryColumn)) {
      for (let i = 0; i < out.length; i++) {
        const text = cells.at(i)
        out[i] = text === null ? null : map(text as string)
      }
      return out
    }
    const mapped = known.get(cells.dictionary) ?? new Map<number, string>()
    known.set(cells.dictionary, mapped)
    for (let i = 0; i < out.length; i++) {
      const text = cells.at(i)
      if (text === null) {
        out[i] = null
        continue
      }
      const code = cells.codes[i] as number
      let own = mapped.get(code)
      if (own === undefined) {
        own = map(text)
        mapped.set(code, own)
      }
      out[i] = own
    }
    return out
  }
}
