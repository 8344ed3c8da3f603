/** The names among `names` that were probably meant by `typed`, best first, at most three. */
export function nearest(typed: string, names: readonly string[]): readonly string[] {
  const limit = Math.max(2, Math.floor(typed.length / 3))
  return names
    .map((name) => ({ name, distance: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** `Did you mean "delay"? The columns are: date, delay.` */
export function columnHint(typed: string, names: readonly string[]): string {
  const close = nearest(typed, names).map((name) => `"${name}"`)
  const meant = close.length === 0 ? '' : `Did you mean ${close.join(' or ')}? `
  return `${meant}The columns are: ${names.join(', ')}.`
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost 1 (Damerau 1964, Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const now = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(substituted, (last[j] as number) + 1, (now[j - 1] as number) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] as number) + 1)
      now.push(best)
    }
    before = last
    last = now
  }
  return last[b.length] as number
}
