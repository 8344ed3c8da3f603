/** Shapes are looked for in the first so many characters. */
const longest = 64

/** `AA-999`: letters by case, digits, anything else itself. Scripts without case count as lower case. */
export function shapeOf(text: string): string {
  let shape = ''
  for (const character of text.slice(0, longest)) {
    if (character >= '0' && character <= '9') shape += '9'
    else if (character >= 'a' && character <= 'z') shape += 'a'
    else if (character >= 'A' && character <= 'Z') shape += 'A'
    else if (character > '\u007f' && /\p{L}/u.test(character)) shape += /\p{Lu}/u.test(character) ? 'A' : 'a'
    else shape += character
  }
  return text.length > longest ? `${shape}…` : shape
}

/** `A+-9+`: runs of one class as one. */
export function looseShape(shape: string): string {
  return shape.replace(/([Aa9])\1*/g, '$1+')
}

/** Shapes by how many values have them, most frequent first: exact ones where few are enough, else loose ones. */
export function patternsOf(
  values: readonly (readonly [text: string, times: number])[],
): readonly { readonly pattern: string; readonly share: number }[] {
  let total = 0
  const exact = new Map<string, number>()
  const loose = new Map<string, number>()
  for (const [text, times] of values) {
    total += times
    const shape = shapeOf(text)
    exact.set(shape, (exact.get(shape) ?? 0) + times)
  }
  for (const [shape, times] of exact) loose.set(looseShape(shape), (loose.get(looseShape(shape)) ?? 0) + times)
  const ranked = (counts: ReadonlyMap<string, number>) =>
    [...counts].sort(([x, m], [y, n]) => n - m || (x < y ? -1 : 1)).slice(0, 10)
  const chosen = exact.size <= 10 ? ranked(exact) : ranked(loose)
  return chosen.map(([pattern, times]) => ({ pattern, share: times / total }))
}
