/** What Hive and its descendants write for an absent value. */
const absent = '__HIVE_DEFAULT_PARTITION__'

/** `origin=ATL/day=2001-01-01`: characters that a path or a reader would misread are percent-encoded, as Hive does. */
export function partitionFolder(names: readonly string[], values: readonly (string | null)[]): string {
  return names
    .map(
      (name, i) => `${escaped(name)}=${values[i] === null || values[i] === '' ? absent : escaped(values[i] as string)}`,
    )
    .join('/')
}

function escaped(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const char = String.fromCharCode(byte)
    return /[\w .,+@()-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}
