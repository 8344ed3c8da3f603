/** The logarithm of the gamma function for x > 0, by Stirling's series after shifting x above 10 (DLMF 5.5.1 and 5.11.1). Relative error below 1e-13. */
export function logGamma(x: number): number {
  let shift = 0
  let z = x
  while (z < 10) shift += Math.log(z++)
  const inverse = 1 / (z * z)
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / z
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift
}

/**
 * The upper regularised incomplete gamma function Q(a, x), a > 0, x >= 0: its power series below a + 1 (DLMF 8.7.1), its continued fraction above
 * (DLMF 8.9.2), evaluated by Lentz's method (Applied Optics 15, 1976).
 */
export function upperGamma(a: number, x: number): number {
  if (x === 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  const front = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let k = 1; k < 100_000 && Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
      term *= x / (a + k)
      sum += term
    }
    return Math.max(0, 1 - front * sum)
  }
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let value = d
  for (let k = 1; k < 100_000; k++) {
    const numerator = -k * (k - a)
    b += 2
    d = 1 / (numerator * d + b || tiny)
    c = b + numerator / c || tiny
    const change = d * c
    value *= change
    if (Math.abs(change - 1) < 1e-16) break
  }
  return front * value
}

/** The chance that a chi-square variable with `freedom` degrees of freedom is at least x. */
export function chiSquareTail(x: number, freedom: number): number {
  return upperGamma(freedom / 2, x / 2)
}

/**
 * The chance of a Kolmogorov-Smirnov distance of at least `d` between samples of sizes n and m from one distribution: the limiting distribution
 * (Smirnov, Annals of Mathematical Statistics 19, 1948) with the correction for finite samples of Stephens (Journal of the Royal Statistical
 * Society B 32, 1970).
 */
export function kolmogorovTail(d: number, n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m))
  const x = (root + 0.12 + 0.11 / root) * d
  if (x < 0.2) return 1 // the series converges slowly here, and its sum is 1 to 12 digits
  let sum = 0
  for (let k = 1; k <= 100; k++) {
    const term = 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x)
    sum += term
    if (Math.abs(term) < 1e-16) break
  }
  return Math.min(1, Math.max(0, sum))
}

/** The chance that a standard normal variable is above z: half of Q(1/2, z^2 / 2) for z >= 0 (DLMF 7.11.2). */
export function normalTail(z: number): number {
  const half = upperGamma(0.5, (z * z) / 2) / 2
  return z >= 0 ? half : 1 - half
}

/** The z of which a share `p` (0.5 to 1) of a standard normal variable lies below, by bisection. */
export function normalQuantile(p: number): number {
  let [low, high] = [0, 40]
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2
    if (normalTail(middle) > 1 - p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
