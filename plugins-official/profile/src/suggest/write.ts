import { countText, type Rule, type Suggestion } from './suggestion.ts'

/** Suggestions as a module that exports a list of checks, each with its evidence above it. */
export function writeTypeScript(suggestions: readonly Suggestion[]): string {
  const used = [...new Set(suggestions.map(({ rule }) => rule.check))].sort()
  const rules = suggestions.map((suggestion) => `  // ${noteOf(suggestion)}\n  ${callOf(suggestion.rule)},\n`)
  const imported = used.length === 0 ? '' : `import { ${used.join(', ')} } from 'tidegate'\n\n`
  return `${imported}export default [\n${rules.join('')}]\n`
}

/** In YAML such a text is no text but names code. */
const codeName = /^\.{1,2}\/[^#]+\.[mc]?[jt]s#/

/** The same as YAML, as `expect` takes it. A rule whose names or values YAML would take for code is left out, and a comment says so. */
export function writeYaml(suggestions: readonly Suggestion[]): string {
  const entries = suggestions.map((suggestion) => {
    const { rule } = suggestion
    const texts = 'columns' in rule ? rule.columns : 'column' in rule ? [rule.column] : []
    const named = [...texts, ...('values' in rule ? rule.values : [])].some((text) => codeName.test(text))
    return named
      ? { text: `# ${rule.check}: write this rule in TypeScript, where a name is no reference to code\n`, is: false }
      : { text: `# ${noteOf(suggestion)}\n${entryOf(rule)}\n`, is: true }
  })
  return `${entries.map(({ text }) => text).join('')}${entries.some(({ is }) => is) ? '' : '[]\n'}`
}

/** Evidence stands in a comment of one line: no character of a value ends it. */
function noteOf({ evidence, confidence }: Suggestion): string {
  const shown = Math.floor(confidence * 1e4) / 100
  return `${oneLine(evidence)} (confidence ${shown} %)`
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
}

function callOf(rule: Rule): string {
  switch (rule.check) {
    case 'notNull': {
      const more = rule.atLeast === undefined ? '' : `, { atLeast: ${rule.atLeast} }`
      return `notNull(${quoted(rule.column)}${more})`
    }
    case 'between':
      return `between(${quoted(rule.column)}, ${digits(rule.min)}, ${digits(rule.max)})`
    case 'oneOf':
      return `oneOf(${quoted(rule.column)}, [${rule.values.map(quoted).join(', ')}])`
    case 'matches':
      return `matches(${quoted(rule.column)}, ${rule.pattern})`
    case 'unique':
      return `unique(${rule.columns.length === 1 ? quoted(rule.columns[0] as string) : `[${rule.columns.map(quoted).join(', ')}]`})`
    case 'rowCount':
      return `rowCount(${digits(rule.min)})`
  }
}

function entryOf(rule: Rule): string {
  switch (rule.check) {
    case 'notNull': {
      const more = rule.atLeast === undefined ? '' : `\n  atLeast: ${rule.atLeast}`
      return `- notNull: ${scalar(rule.column)}${more}`
    }
    case 'between':
      return `- between: [${scalar(rule.column)}, ${rule.min}, ${rule.max}]`
    case 'oneOf':
      return `- oneOf: [${scalar(rule.column)}, [${rule.values.map(scalar).join(', ')}]]`
    case 'matches': {
      const { source, flags } = rule.pattern
      return `- matches: [${scalar(rule.column)}, ${JSON.stringify(flags === '' ? source : `/${source}/${flags}`)}]`
    }
    case 'unique':
      return `- unique: ${rule.columns.length === 1 ? scalar(rule.columns[0] as string) : `[${rule.columns.map(scalar).join(', ')}]`}`
    case 'rowCount':
      return `- rowCount: ${rule.min}`
  }
}

function quoted(text: string): string {
  const json = JSON.stringify(text).replace(/[\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16)}`)
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Plain where YAML cannot read it as anything but this text; else JSON, which is YAML. */
function scalar(text: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*(?:[ -][A-Za-z0-9_]+)*$/.test(text)
  const word = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i.test(text)
  return plain && !word ? text : JSON.stringify(text)
}

/** `1_000_000`, as one writes it in code. */
function digits(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 10_000 && Math.abs(value) < 1e15
    ? countText(value).replaceAll(',', '_')
    : String(value)
}
