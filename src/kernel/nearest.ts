/** `Did you mean "delay"?` for a name that was mistyped, or undefined when nothing is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known)
  return near === undefined ? undefined : `Did you mean "${near}"?`
}

/** `Did you mean "delay"? The columns are: date, delay.` */
export function columnHint(name: string, columns: readonly string[]): string {
  const list = columns.length === 0 ? 'The table has no columns.' : `The columns are: ${columns.join(', ')}.`
  return [didYouMean(name, columns), list].filter((text) => text !== undefined).join(' ')
}

/** The known name with the fewest edits (at most a third of the name's length, and not all of it), ignoring case. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = edits(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least && distance < Math.max(name.length, candidate.length)) [best, least] = [candidate, distance]
  }
  return best
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost 1 (Damerau 1964, Levenshtein 1966). */
function edits(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((row[j - 1] as number) + 1, (last[j] as number) + 1, (last[j - 1] as number) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] as number) + 1)
      row.push(cost)
    }
    before = last
    last = row
  }
  return last[b.length] as number
}
