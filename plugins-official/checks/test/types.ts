// biome-ignore-all format: the comment has to stand right above the line that is wrong.
// Compiled with the project: every line under a @ts-expect-error must be wrong, every other one right.
import { between, each, fromTable, oneOf, table } from 'tidegate'
import { z } from 'zod'
import { all, any, clamp, compare, completeness, correlationBetween, decreasing, deduplicate, defaultTo, distinctBetween, distinctValues, distributedLike, hasColumns, hasTypes, increasing, isNull, isType, key, largest, length, lengthBetween, max, maxBetween, meanBetween, meanLike, medianBetween, min, minBetween, mostCommon, noOutliers, not, notMatches, notOneOf, nullify, parse, parsesAs, quantileBetween, replace, round, satisfiesRow, stdevBetween, sumBetween, trim, upperCase, when } from '../src/index.ts'

const Order = z.object({ id: z.int64(), price: z.number(), paid: z.number().nullable(), city: z.string(), code: z.string().nullable(), open: z.boolean(), tags: z.array(z.string()) })
const from = fromTable(table(Order, { id: [1n], price: [1], paid: [null], city: ['a'], code: ['b'], open: [true], tags: [['x']] }))

export const right = each({
  from,
  run: (t) => t,
  expect: [
    isNull('code'), notOneOf('city', ['x']), notOneOf('price', [1]), notMatches('code', /x/), min('price', 0), min('id', 0n), max('paid', 3, { strict: true, verdict: 'drop' }),
    length('city', { min: 1 }), length('tags', { max: 3 }), isType('tags', 'text', { at: '[]' }), parsesAs('code', 'uuid'), compare('price', '<=', 'paid', { tolerance: 0.1 }), compare('id', '<', 'price'), compare('city', '!=', 'code'),
    not(oneOf('city', ['a'])), all([between('price', 0, 1), isNull('code')]), any([isNull('paid'), compare('paid', '<', 'price')]), when(oneOf('city', ['a']), min('price', 1)),
    satisfiesRow('r', ['price', 'city'], (d: { price: number; city: string }) => d.price > d.city.length),
    increasing('id'), decreasing('city', { strict: true }), key(['id', 'city'], { lose: 'later' }), noOutliers('price', { method: 'iqr' }),
    minBetween('price', { min: 0 }), maxBetween('id', { max: 5n }), meanBetween('paid', { min: 1, verdict: 'warn' }), medianBetween('price', { max: 1 }), quantileBetween('price', 0.9, { max: 1 }), sumBetween('price', { min: 1 }), stdevBetween('price', { max: 1 }),
    distinctBetween('city', { max: 10 }), completeness('code', { min: 0.9 }), distinctValues('city', 'within', ['a']), mostCommon('city', ['a']), lengthBetween('city', 'mean', { max: 3 }), correlationBetween('price', 'paid', { min: 0 }),
    hasColumns(['id', 'price'], { others: true }), hasTypes({ id: 'int64' }, { others: true }), meanLike('price', { mean: 1, stdev: 1, count: 9 }), distributedLike('price', { values: [1] }, { test: 'ks' }), distributedLike('city', { categories: { a: 1 } }, { test: 'psi', max: 0.2 }),
  ],
})

// @ts-expect-error there is no column "cdoe"
each({ from, run: (t) => t, expect: [isNull('cdoe')] })
// @ts-expect-error text is no number
each({ from, run: (t) => t, expect: [notOneOf('city', [1])] })
// @ts-expect-error a number has no matches
each({ from, run: (t) => t, expect: [notMatches('price', /x/)] })
// @ts-expect-error text has no bounds
each({ from, run: (t) => t, expect: [min('city', 1)] })
// @ts-expect-error 64-bit integers are bigints here
each({ from, run: (t) => t, expect: [max('id', 1)] })
// @ts-expect-error a number has no length
each({ from, run: (t) => t, expect: [length('price', { min: 1 })] })
// @ts-expect-error there is no type "money"
isType('price', 'money')
// @ts-expect-error a number does not parse
each({ from, run: (t) => t, expect: [parsesAs('price', 'number')] })
// @ts-expect-error there is no form "iban"
parsesAs('code', 'iban')
// @ts-expect-error a number and a text have no order in common
each({ from, run: (t) => t, expect: [compare('price', '<', 'city')] })
// @ts-expect-error there is no operator "="
compare('price', '=', 'paid')
// @ts-expect-error there is no column "town"
each({ from, run: (t) => t, expect: [not(oneOf('town', ['a']))] })
// @ts-expect-error one of the two rules has a column "prize"
each({ from, run: (t) => t, expect: [all([isNull('code'), min('prize', 1)])] })
// @ts-expect-error one of the two rules compares a text with a number
each({ from, run: (t) => t, expect: [any([isNull('code'), compare('city', '<', 'price')])] })
// @ts-expect-error the condition has a column "town"
each({ from, run: (t) => t, expect: [when(isNull('town'), min('price', 1))] })
// @ts-expect-error "city" is no number
each({ from, run: (t) => t, expect: [satisfiesRow('r', ['city'], (d: { city: number }) => d.city > 1)] })
// @ts-expect-error booleans have no order
each({ from, run: (t) => t, expect: [increasing('open')] })
// @ts-expect-error there is no column "nr"
each({ from, run: (t) => t, expect: [key(['id', 'nr'])] })
// @ts-expect-error text has no outliers
each({ from, run: (t) => t, expect: [noOutliers('city')] })
// @ts-expect-error text has no mean
each({ from, run: (t) => t, expect: [meanBetween('city', { min: 1 })] })
// @ts-expect-error text has no quantiles
each({ from, run: (t) => t, expect: [quantileBetween('city', 0.5, { min: 1 })] })
// @ts-expect-error a rule that names no rows cannot drop any
sumBetween('price', { min: 1, verdict: 'drop' })
// @ts-expect-error there is no column "cty"
each({ from, run: (t) => t, expect: [distinctBetween('cty', { max: 1 })] })
// @ts-expect-error there is no column "cty"
each({ from, run: (t) => t, expect: [completeness('cty', { min: 1 })] })
// @ts-expect-error there is no relation "like"
distinctValues('city', 'like', ['a'])
// @ts-expect-error "city" holds text
each({ from, run: (t) => t, expect: [mostCommon('city', [1])] })
// @ts-expect-error there is no statistic "median"
lengthBetween('city', 'median', { max: 1 })
// @ts-expect-error text has no correlation
each({ from, run: (t) => t, expect: [correlationBetween('price', 'city', { min: 0 })] })
// @ts-expect-error there is no column "nr"
each({ from, run: (t) => t, expect: [hasColumns(['nr'])] })
// @ts-expect-error there is no column "nr"
each({ from, run: (t) => t, expect: [hasTypes({ nr: 'int64' })] })
// @ts-expect-error the reference has no count
meanLike('price', { mean: 1, stdev: 1 })
// @ts-expect-error categories are of text
each({ from, run: (t) => t, expect: [distributedLike('price', { categories: { a: 1 } }, { test: 'psi', max: 0.2 })] })

// ---- repairs
export const mended = each({
  from,
  run: (t) => t,
  expect: [
    oneOf('city', ['a'], { verdict: { repair: trim() } }),
    oneOf('city', ['b'], { verdict: { repair: [trim({ inner: true }), upperCase({ columns: 'code' })], otherwise: 'drop' } }),
    between('price', 0, 1, { verdict: { repair: clamp(0, 1, { columns: ['price'] }), otherwise: 'warn' }, atLeast: 0.9 }),
    min('price', 0, { verdict: { repair: (value: number | null, row: { paid: number | null }) => value ?? row.paid } }),
    min('paid', 0, { verdict: { repair: [defaultTo(0), round(), round(2), nullify(), replace({ a: 'b' }), replace([[1, null]]), parse('date', { format: 'YYYY' })] } }),
    deduplicate(['id', 'city'], { keep: largest('price') }), deduplicate('id', { keep: 'last', verdict: 'quarantine' }),
  ],
})
export const audit = each({ from: mended.repairs, run: (t) => t.select('row', 'before', 'after').filter((d) => d.before !== d.after && d.row > 1) })

// @ts-expect-error a verdict that repairs names its repair
oneOf('city', ['a'], { verdict: { otherwise: 'drop' } })
// @ts-expect-error what rows get that fail still is one of the four words
oneOf('city', ['a'], { verdict: { repair: trim(), otherwise: 'repair' } })
// @ts-expect-error repairs are not nested
oneOf('city', ['a'], { verdict: { repair: trim(), otherwise: { repair: trim() } } })
// @ts-expect-error a repair is called
oneOf('city', ['a'], { verdict: { repair: 'trim' } })
// @ts-expect-error trim has no option "iner"
trim({ iner: true })
// @ts-expect-error bounds are numbers
clamp('0', 1)
// @ts-expect-error there are two bounds
clamp(0)
// @ts-expect-error there is no form "money"
parse('money')
// @ts-expect-error a rule over the whole dataset has no rows to repair
meanBetween('paid', { min: 1, verdict: { repair: trim() } })
// @ts-expect-error which rows it condemns is decided after repairs
deduplicate('id', { verdict: { repair: trim() } })
// @ts-expect-error there is no column "cdoe"
each({ from, run: (t) => t, expect: [deduplicate('cdoe')] })
// @ts-expect-error there is no column "updated" to choose by
each({ from, run: (t) => t, expect: [deduplicate('id', { keep: largest('updated') })] })
// @ts-expect-error it keeps one row, not the middle one
deduplicate('id', { keep: 'middle' })
// @ts-expect-error a node has no repair: it belongs to the columns of a check
each({ from, run: (t) => t, otherwise: { repair: trim() } })
// @ts-expect-error repaired cells have no column "value"
each({ from: mended.repairs, run: (t) => t.filter((d) => d.value === 1) })
