/**
 * The reasons in the text that a quarantined row carries: names of checks, joined by `; `. Names may contain a semicolon themselves, so that known
 * names are taken off the front, the longest first. What is no check is why a row could not be parsed; its place (`line 12, column 3: `) is left
 * out, so that equal faults count together.
 */
export function reasonsOf(text: string, checks: readonly string[]): readonly string[] {
  const known = [...checks].sort((a, b) => b.length - a.length)
  const reasons: string[] = []
  for (let rest = text; rest !== ''; ) {
    const name = known.find((check) => rest === check || rest.startsWith(`${check}; `))
    if (name === undefined)
      return [...reasons, rest.replace(/^(?:line \d+(?:, column \d+)?|column \d+|record \d+): /, '')]
    reasons.push(name)
    rest = rest.slice(name.length + 2)
  }
  return reasons
}
