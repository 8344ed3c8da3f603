import { BytesColumn, type Column, type DictionaryColumn, FlatColumn, isValid, types } from 'tidegate'

/** Text is written as codes where it came as codes into a dictionary of at most so many texts. */
const mostWords = 4096

export function comesAsCodes(column: Column | undefined): boolean {
  return column !== undefined && 'codes' in column && (column as DictionaryColumn).dictionary.length <= mostWords
}

/** The dictionary of one column of a file. It only grows, so that codes of earlier batches stay right. */
export interface Words {
  /** A column as codes, and the texts that are new since the last one. */
  encode(column: Column): { readonly codes: FlatColumn; readonly added: BytesColumn | undefined }
}

export function createWords(): Words {
  const known = new Map<string, number>()
  const memo = new WeakMap<readonly string[], Int32Array>()
  return {
    encode(column) {
      const fresh: string[] = []
      const codeOf = (text: string): number => {
        const code = known.get(text)
        if (code !== undefined) return code
        fresh.push(text)
        known.set(text, known.size)
        return known.size - 1
      }
      const codes = new Int32Array(column.length)
      if ('codes' in column) {
        const { codes: own, dictionary } = column as DictionaryColumn
        const map = memo.get(dictionary) ?? new Int32Array(dictionary.length).fill(-1)
        memo.set(dictionary, map)
        for (let row = 0; row < codes.length; row++) {
          if (!isValid(column.validity, row)) continue
          const code = own[row] as number
          if ((map[code] as number) < 0) map[code] = codeOf(dictionary[code] as string)
          codes[row] = map[code] as number
        }
      } else
        for (let row = 0; row < codes.length; row++) {
          const text = column.at(row)
          if (text !== null) codes[row] = codeOf(text as string)
        }
      return {
        codes: new FlatColumn(types.int32, codes, column.validity),
        added: fresh.length === 0 ? undefined : BytesColumn.ofStrings(fresh),
      }
    },
  }
}
