/** Decimals as unscaled integers: 4.56 at scale 2 is 456n. */

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/
/** Up to 15 digits a decimal and its double stand for each other one to one (IEEE 754 binary64). */
export const safeDigits = 999_999_999_999_999

export const powersOfTen: readonly bigint[] = Array.from({ length: 77 }, (_, power) => 10n ** BigInt(power))

/** The unscaled integer of a decimal text; undefined when it has more places than `scale`, null when it is no decimal number. */
export function parseDecimal(text: string, scale: number): bigint | undefined | null {
  const match = pattern.exec(text.trim())
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? []
  if (match === null || whole.length + fraction.length === 0) return null
  const digits = `${whole}${fraction}`
  const shift = scale - fraction.length + Number(exponent)
  if (Math.abs(shift) > 400) return /^0*$/.test(digits) ? 0n : undefined
  let unscaled = BigInt(digits)
  if (shift >= 0) {
    unscaled *= 10n ** BigInt(shift)
  } else {
    const divisor = 10n ** BigInt(-shift)
    if (unscaled % divisor !== 0n) return undefined
    unscaled /= divisor
  }
  return sign === '-' ? -unscaled : unscaled
}

/** `123.45`: an unscaled integer as exact decimal text. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const split = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, split)}${scale > 0 ? `.${digits.slice(split)}` : ''}`
}

/** Writes an unscaled integer as two 64-bit words (Arrow decimal128). */
export function writeDecimal(words: BigUint64Array, row: number, unscaled: bigint): void {
  words[2 * row] = unscaled
  words[2 * row + 1] = unscaled >> 64n
}
