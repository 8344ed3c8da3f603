/**
 * Names of columns as they can be told apart: a column without a name is `column_3` by its place, columns of one name are `city_1`, `city_2` in their
 * order (a number that is another column's name is passed over). A name that stands alone stays as it is.
 */
export function uniqueNames(raw: readonly string[]): readonly string[] {
  const times = new Map<string, number>()
  for (const name of raw) times.set(name, (times.get(name) ?? 0) + 1)
  const taken = new Set(raw.filter((name) => name !== '' && times.get(name) === 1))
  const next = new Map<string, number>()
  return raw.map((name, i) => {
    if (name !== '' && times.get(name) === 1) return name
    const stem = name === '' ? 'column' : name
    let number = name === '' ? i + 1 : (next.get(name) ?? 1)
    while (taken.has(`${stem}_${number}`)) number++
    if (name !== '') next.set(name, number + 1)
    taken.add(`${stem}_${number}`)
    return `${stem}_${number}`
  })
}

/** Names of a header of several rows: the texts of a column from top to bottom, joined by spaces. */
export function joinedNames(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map((row) => row.length))
  return Array.from({ length: width }, (_, cell) =>
    rows
      .map((row) => row[cell] ?? '')
      .filter((text) => text !== '')
      .join(' '),
  )
}
