/**
 * Count, mean and sum of squared deviations of finite values, block by block: two passes within a block, blocks joined after Chan, Golub and LeVeque
 * ("Updating formulae and a pairwise algorithm for computing sample variances", 1979).
 */
export interface Moments {
  n: number
  mean: number
  squares: number
}

export function createMoments(): Moments {
  return { n: 0, mean: 0, squares: 0 }
}

export function joinMoments(into: Moments, n: number, mean: number, squares: number): void {
  if (n === 0) return
  const all = into.n + n
  const distance = mean - into.mean
  into.mean = into.n === 0 ? mean : into.mean + (distance * n) / all
  into.squares += squares + (into.n === 0 ? 0 : distance * distance * ((into.n * n) / all))
  into.n = all
}

/** Adds a block; `centred` gets the deviations from its own mean (NaN where a value is not finite). Answers how many values are finite. */
export function addBlock(into: Moments, values: Float64Array, rows: number, centred: Float64Array): number {
  let n = 0
  let sum = 0
  for (let i = 0; i < rows; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    n++
    sum += value
  }
  if (n === 0) {
    centred.fill(Number.NaN, 0, rows)
    return 0
  }
  let mean = sum / n
  if (!Number.isFinite(sum)) {
    mean = 0
    for (let i = 0; i < rows; i++) if (Number.isFinite(values[i])) mean += (values[i] as number) / n
  }
  let squares = 0
  let rest = 0
  for (let i = 0; i < rows; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) {
      centred[i] = Number.NaN
      continue
    }
    const deviation = value - mean
    centred[i] = deviation
    squares += deviation * deviation
    rest += deviation
  }
  joinMoments(into, n, mean + rest / n, squares - (rest * rest) / n)
  return n
}

/** Sums of products for Pearson's r of one pair of columns, over rows in which both are finite. */
export interface CoMoments {
  n: number
  meanA: number
  meanB: number
  squaresA: number
  squaresB: number
  products: number
}

export function createCoMoments(): CoMoments {
  return { n: 0, meanA: 0, meanB: 0, squaresA: 0, squaresB: 0, products: 0 }
}

/** As `joinMoments`, for the product too (Pébay, Sandia report SAND2008-6212). */
export function joinCoMoments(into: CoMoments, more: CoMoments): void {
  if (more.n === 0) return
  const all = into.n + more.n
  const first = into.n === 0
  const a = more.meanA - into.meanA
  const b = more.meanB - into.meanB
  const weight = (into.n * more.n) / all
  into.squaresA += more.squaresA + (first ? 0 : a * a * weight)
  into.squaresB += more.squaresB + (first ? 0 : b * b * weight)
  into.products += more.products + (first ? 0 : a * b * weight)
  into.meanA = first ? more.meanA : into.meanA + (a * more.n) / all
  into.meanB = first ? more.meanB : into.meanB + (b * more.n) / all
  into.n = all
}

/** A block of two columns as deviations from `shiftA` and `shiftB`, NaN where a value is missing. */
export function addPair(
  into: CoMoments,
  a: Float64Array,
  b: Float64Array,
  rows: number,
  shiftA: number,
  shiftB: number,
): void {
  let n = 0
  let sumA = 0
  let sumB = 0
  let squaresA = 0
  let squaresB = 0
  let products = 0
  for (let i = 0; i < rows; i++) {
    const x = a[i] as number
    const y = b[i] as number
    const product = x * y
    if (Number.isNaN(product)) continue
    n++
    sumA += x
    sumB += y
    squaresA += x * x
    squaresB += y * y
    products += product
  }
  if (n === 0) return
  joinCoMoments(into, {
    n,
    meanA: shiftA + sumA / n,
    meanB: shiftB + sumB / n,
    squaresA: Math.max(0, squaresA - (sumA * sumA) / n),
    squaresB: Math.max(0, squaresB - (sumB * sumB) / n),
    products: products - (sumA * sumB) / n,
  })
}

/** Undefined below three rows or where a column does not vary. */
export function pearson({ n, squaresA, squaresB, products }: CoMoments): number | undefined {
  const size = Math.sqrt(squaresA) * Math.sqrt(squaresB)
  if (n < 3 || !(size > 0) || !Number.isFinite(size)) return undefined
  return Math.max(-1, Math.min(1, products / size))
}
