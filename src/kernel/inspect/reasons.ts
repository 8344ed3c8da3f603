/**
 * The reasons in the text that a quarantined row carries: names of checks, joined by `; `. Names may contain a semicolon themselves, so that known
 * names are taken off the front, the longest first. What is no check is why a row could not be parsed; its place (`line 12, column 3: `) is left
 * out, so that equal faults count together, and so is what was tried to repair the row.
 */
export function reasonsOf(text: string, checks: readonly string[]): readonly string[] {
  const known = [...checks].sort((a, b) => b.length - a.length)
  const reasons: string[] = []
  for (let rest = text; rest !== '' && !(reasons.length > 0 && rest.startsWith('tried ')); ) {
    const name = known.find(
      (check) => rest === check || /^[;:] /.test(rest.startsWith(check) ? rest.slice(check.length) : ''),
    )
    if (name === undefined)
      return [...reasons, rest.replace(/^(?:line \d+(?:, column \d+)?|column \d+|record \d+): /, '')]
    reasons.push(name)
    rest = rest.slice(rest[name.length] === ':' ? explainedEnd(rest, name, known) + 2 : name.length + 2)
  }
  return reasons
}

/** Where the explanation ends that follows a check's name: before the next known name, or what was tried. */
function explainedEnd(text: string, name: string, known: readonly string[]): number {
  const ends = [...known, 'tried '].map((next) => text.indexOf(`; ${next}`, name.length)).filter((at) => at >= 0)
  return Math.min(text.length, ...ends)
}
