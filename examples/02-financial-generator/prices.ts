import { defineGenerator, table } from 'tidegate'
import { z } from 'zod'

const Price = z.object({ symbol: z.string(), time: z.date(), close: z.number(), volume: z.int32() })

const options = z.object({
  /** One price path each. */
  symbols: z.array(z.string().min(1)).min(1),
  /** Trading days of each path, weekends left out. */
  days: z.int().positive(),
  start: z.iso.date().default('2024-01-01'),
  /** Standard deviation of a day's logarithmic return. */
  volatility: z.number().positive().max(1).default(0.02),
  /** Correlation of the returns of any two symbols. */
  correlation: z.number().min(0).max(1).default(0.5),
  /** Price of every symbol before the first day. */
  price: z.number().positive().default(100),
})

const dayLength = 86_400_000

/**
 * Geometric random walks that share one market factor: the return of symbol i is `volatility * (sqrt(correlation) * market + sqrt(1 - correlation) *
 * own_i)`, both factors standard normal, so that any two returns correlate by `correlation`. Volume grows with the size of the move. Prices are
 * rounded to cents; times are midnight UTC.
 */
export const prices = defineGenerator({
  name: 'acme/prices',
  options,
  load({ symbols, days, start, volatility, correlation, price }, { random }) {
    const rows = symbols.length * days
    const symbol = new Array<string>(rows)
    const time = new Float64Array(rows)
    const close = new Float64Array(rows)
    const volume = new Int32Array(rows)
    const last = new Float64Array(symbols.length).fill(price)
    const shared = Math.sqrt(correlation)
    const own = Math.sqrt(1 - correlation)
    let at = Date.parse(start)
    for (let row = 0; row < rows; at += dayLength) {
      const weekday = new Date(at).getUTCDay()
      if (weekday === 0 || weekday === 6) continue
      const market = normal(random)
      for (let i = 0; i < symbols.length; i++, row++) {
        const move = volatility * (shared * market + own * normal(random))
        last[i] = (last[i] ?? price) * Math.exp(move)
        symbol[row] = symbols[i] ?? ''
        time[row] = at
        close[row] = Math.round((last[i] ?? 0) * 100) / 100
        volume[row] = Math.round(100_000 * (0.5 + random()) * (1 + Math.abs(move) / volatility))
      }
    }
    return table(Price, { symbol, time, close, volume })
  },
})

/** Box and Muller, A Note on the Generation of Random Normal Deviates, 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
