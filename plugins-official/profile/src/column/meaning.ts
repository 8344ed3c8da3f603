import type { Meaning } from '../types.ts'

const countries = new Set(
  `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV
CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM
IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS
ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(
    /\s+/,
  ),
)
const currencies = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP
ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD
LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG`.split(
    /\s+/,
  ),
)
const booleans = new Set(['true', 'false', 'yes', 'no', 'y', 'n', 't', 'f', '0', '1', 'on', 'off'])
const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'

/** From the most particular to the most general; expressions that a rule can be made of. */
export const shapes = {
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  email: /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/,
  url: /^(?:https?|ftp):\/\/[^\s/]+\S*$/i,
  ip: new RegExp(`^(?:${octet}(?:\\.${octet}){3}|(?=.*::|(?:[^:]*:){7})[0-9a-f:]{2,39})$`, 'i'),
  timestamp: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/,
  date: /^(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})$/,
  time: /^\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$/,
  'currency amount': /^[-+]?(?:[$€£¥] ?\d[\d,.' ]*|\d[\d,.' ]* ?[$€£¥])$/,
  percentage: /^[-+]?\d+(?:[.,]\d+)? ?%$/,
  phone: /^(?:\+|00)\d[\d ()/-]{6,18}\d$/,
  integer: /^[-+]?\d+$/,
  number: /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i,
} as const satisfies Readonly<Record<string, RegExp>>

const tests: readonly (readonly [string, (text: string) => boolean])[] = [
  ['boolean-like', (text) => booleans.has(text.toLowerCase())],
  ['country code (ISO 3166)', (text) => countries.has(text)],
  ['currency code (ISO 4217)', (text) => currencies.has(text)],
  ...Object.entries(shapes).map(([name, shape]) => [name, (text: string) => shape.test(text)] as const),
  ['code', (text) => /^(?=.*\d)[A-Za-z0-9]+(?:[-_/.#:][A-Za-z0-9]+)*$/.test(text)],
]
/** A meaning holds where so many of the values fit. */
const enough = 0.9

/** What the texts seem to be: the first meaning that at least 90 % of them have; else free text (several words), or words. */
export function meaningOf(
  values: readonly (readonly [text: string, times: number])[],
  basis: Meaning['basis'],
): Meaning | undefined {
  let examined = 0
  for (const [, times] of values) examined += times
  if (examined === 0) return undefined
  const share = (fits: (text: string) => boolean) => {
    let fit = 0
    for (const [text, times] of values) if (fits(text)) fit += times
    return fit / examined
  }
  for (const [name, fits] of tests) {
    const fit = share(fits)
    if (fit < enough) continue
    // Two letters may always be a country: one value alone shows nothing.
    if (name.includes('ISO') && values.length < 2) continue
    return { name, share: fit, basis, examined }
  }
  const prose = share((text) => (text.trim().match(/\s+/g)?.length ?? 0) >= 3)
  if (prose >= 0.5) return { name: 'free text', share: prose, basis, examined }
  return { name: 'words', share: share((text) => /^\p{L}[\p{L}\p{M}'’. -]*$/u.test(text)), basis, examined }
}
