const classes: Readonly<Record<string, string>> = { A: '[A-Z]', a: '[a-z]', '9': '\\d' }

/** `AA-999` as `^[A-Z]{2}-\d{3}$`, `A+-9+` as `^[A-Z]+-\d+$`; undefined for shapes that are cut or hold other than ASCII. */
export function shapePattern(shape: string): RegExp | undefined {
  if (!/^[\x20-\x7e]{1,40}$/.test(shape)) return undefined
  let source = ''
  for (let at = 0; at < shape.length; ) {
    const character = shape[at] as string
    const known = classes[character]
    let end = at + 1
    if (known === undefined) source += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    else if (shape[end] === '+') {
      source += `${known}+`
      end++
    } else {
      while (shape[end] === character) end++
      source += end - at === 1 ? known : `${known}{${end - at}}`
    }
    at = end
  }
  return new RegExp(`^${source}$`)
}
