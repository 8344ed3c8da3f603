import type { Comparison, Expression } from './expression.ts'

const words =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|`([^`]+)`|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(==|!=|<=|>=|\*\*|\/\/|[<>&|~()[\],.+*/%@=-]))/y

interface Token {
  readonly kind: 'number' | 'name' | 'quoted' | 'text' | 'sign'
  readonly text: string
}

/**
 * The expressions of `DataFrame.query` that look at one row: comparisons (chained too), `and`, `or`, `not`, `&`, `|`, `~`, `in`, `not in`, arithmetic,
 * `.isnull()`, `.notnull()`, names, `` `quoted names` ``, numbers, text, lists. With the parser `pandas`, `&` and `|` bind as `and` and `or` do; with
 * `python`, tighter than comparisons, and the words are not known. Throws an `Error` that says what is not.
 */
export function parsePandas(source: string, parser: 'pandas' | 'python'): Expression {
  const tokens = tokensOf(source)
  let at = 0
  const peek = (text: string) =>
    tokens[at]?.text === text && tokens[at]?.kind !== 'text' && tokens[at]?.kind !== 'quoted'
  const take = (...texts: readonly string[]) => (texts.some(peek) ? (tokens[at++] as Token).text : undefined)
  const fail = () =>
    new Error(`${JSON.stringify(tokens[at]?.text ?? 'the end')} in ${JSON.stringify(source)} is not understood`)
  const expect = (text: string) => {
    if (take(text) === undefined) throw fail()
  }
  const loose = parser === 'pandas'
  const joined = (op: 'and' | 'or', signs: readonly string[], inner: () => Expression): Expression => {
    const of = [inner()]
    while (take(...signs) !== undefined) of.push(inner())
    return of.length === 1 ? (of[0] as Expression) : { op, of }
  }
  const either = (): Expression => (loose ? joined('or', ['or', '|'], both) : negated())
  const both = (): Expression => joined('and', ['and', '&'], negated)
  const negated = (): Expression => {
    if (take(...(loose ? ['not', '~'] : [])) !== undefined) return { op: 'not', of: [negated()] }
    return compared()
  }
  const operand = (): Expression => (loose ? sum() : bitOr())
  const bitOr = (): Expression => joined('or', ['|'], () => joined('and', ['&'], sum))
  const compared = (): Expression => {
    const parts: Expression[] = []
    let left = operand()
    for (;;) {
      const op = comparisonAt()
      if (op === undefined) break
      const right = operand()
      parts.push(membership(op, left, right))
      left = right
    }
    return parts.length === 0 ? left : parts.length === 1 ? (parts[0] as Expression) : { op: 'and', of: parts }
  }
  const comparisonAt = (): Comparison | 'in' | 'not in' | undefined => {
    const sign = take('==', '!=', '<=', '>=', '<', '>')
    if (sign !== undefined) return sign as Comparison
    if (peek('not') && tokens[at + 1]?.text === 'in') {
      at += 2
      return 'not in'
    }
    return take('in') as 'in' | undefined
  }
  const sum = (): Expression => folded(['+', '-'], product)
  const product = (): Expression => folded(['*', '/', '%'], signed)
  const folded = (signs: readonly string[], inner: () => Expression): Expression => {
    let left = inner()
    for (let op = take(...signs); op !== undefined; op = take(...signs)) left = { op: op as '+', of: [left, inner()] }
    return left
  }
  const signed = (): Expression => {
    if (take('+') !== undefined) return signed()
    if (take('-') !== undefined) {
      const of = signed()
      return of.op === 'value' && typeof of.value === 'number'
        ? { op: 'value', value: -of.value }
        : { op: 'negative', of: [of] }
    }
    if (!loose && take('~') !== undefined) return { op: 'not', of: [signed()] }
    return called(atom())
  }
  const called = (of: Expression): Expression => {
    if (take('.') === undefined) return of
    const method = tokens[at++]?.text
    expect('(')
    expect(')')
    if (method === 'isnull' || method === 'isna') return called({ op: 'isnull', of: [of] })
    if (method === 'notnull' || method === 'notna') return called({ op: 'notnull', of: [of] })
    throw new Error(`the method .${method}()`)
  }
  const atom = (): Expression => {
    const token = tokens[at]
    if (token === undefined) throw fail()
    if (take('(') !== undefined) {
      const inner = either()
      if (!peek(',')) {
        expect(')')
        return inner
      }
      return listed(inner, ')')
    }
    if (take('[') !== undefined) return listed(peek(']') ? undefined : either(), ']')
    if (token.kind === 'sign' || ['and', 'or', 'not', 'in'].includes(token.text)) throw fail()
    at++
    if (token.kind === 'number') return { op: 'value', value: Number(token.text) }
    if (token.kind === 'text') return { op: 'value', value: token.text }
    if (token.kind === 'quoted') return { op: 'column', name: token.text }
    const known = { True: true, False: false, None: null }[token.text]
    return known === undefined ? { op: 'column', name: token.text } : { op: 'value', value: known }
  }
  const listed = (first: Expression | undefined, end: string): Expression => {
    const of = first === undefined ? [] : [first]
    while (take(',') !== undefined) if (!peek(end)) of.push(either())
    expect(end)
    if (of.some((one) => one.op !== 'value')) throw new Error('a list of something else than values')
    return { op: 'list', of }
  }
  const found = either()
  if (at < tokens.length) throw fail()
  if (found.op === 'value' || found.op === 'list') throw new Error(`${JSON.stringify(source)} looks at no column`)
  return found
}

/** `x == [1, 2]` asks for membership, as pandas has it. */
function membership(op: Comparison | 'in' | 'not in', left: Expression, right: Expression): Expression {
  if (right.op === 'list' && op === '==') return { op: 'in', of: [left, right] }
  if (right.op === 'list' && op === '!=') return { op: 'not in', of: [left, right] }
  if ((right.op === 'list') !== (op === 'in' || op === 'not in')) throw new Error(`${op} without a list after it`)
  return { op, of: [left, right] }
}

function tokensOf(source: string): Token[] {
  const out: Token[] = []
  words.lastIndex = 0
  while (words.lastIndex < source.trimEnd().length) {
    const from = words.lastIndex
    const found = words.exec(source)
    if (found === null) throw new Error(`${JSON.stringify(source.slice(from).trim().slice(0, 20))} is not understood`)
    const [, number, name, quoted, text, sign] = found
    if (number !== undefined) out.push({ kind: 'number', text: number })
    else if (name !== undefined) out.push({ kind: 'name', text: name })
    else if (quoted !== undefined) out.push({ kind: 'quoted', text: quoted })
    else if (text !== undefined) out.push({ kind: 'text', text: text.slice(1, -1).replace(/\\(.)/g, '$1') })
    else out.push({ kind: 'sign', text: sign as string })
  }
  return out
}
