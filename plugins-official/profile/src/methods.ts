import type { Method } from './types.ts'

/** How each figure of a profile is found. */
export const methods = {
  distinct: {
    name: 'exact up to 4,096 distinct values, then HyperLogLog with 2^14 registers',
    source: 'Flajolet, Fusy, Gandouet, Meunier (2007); estimator of Ertl, arXiv:1702.01284',
    error: 'one standard deviation is 0.81 %; text is told apart by 64-bit hashes',
  },
  top: {
    name: 'exact up to 4,096 distinct values, then Misra-Gries with 4,096 counters, purged by their median',
    source: 'Misra and Gries (1982); Anderson et al., IMC 2017',
    error:
      'a true count lies in [count, count + error]; one that is not listed occurs at most max(count of the last, error) + error times',
  },
  quantiles: {
    name: 'exact up to 4,096 distinct values, then buckets of relative width and bins of equal width together',
    source: 'Masson, Rim, Lee, VLDB 2019 (DDSketch); interpolated as type 7 of Hyndman and Fan (1996)',
    error: 'stated with each quantile; at most the smaller of 0.2 % of the value and 0.05 % of the range',
  },
  moments: {
    name: 'two passes over blocks of 4,096 rows, joined',
    source: 'Chan, Golub, LeVeque (1979); Pébay, SAND2008-6212 for products',
    error: 'rounding of doubles',
  },
  histogram: { name: 'bins of equal width, a power of two', source: 'counted', error: 'none' },
  sample: {
    name: 'the rows whose numbers have the smallest hashes',
    source: 'bottom-k sampling, Cohen and Kaplan (2007)',
    error: 'a share p in k sampled rows is off by at most 2 sqrt(p (1 - p) / k) in 95 of 100 cases',
  },
  dependencies: {
    name: 'g3 in the sample',
    source: 'Kivinen and Mannila, Theoretical Computer Science 149 (1995)',
    error: 'that of the sample',
  },
} as const satisfies Readonly<Record<string, Method>>
