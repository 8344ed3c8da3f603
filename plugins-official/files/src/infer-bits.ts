/** What a cell can be read as, one bit each. */
export const fit = {
  /** `true`, `false` in any case, `0`, `1`. */
  boolean: 1,
  /** Digits without leading zeros or plus sign, within 64 bits. */
  int: 2,
  /** Such digits of any number. */
  whole: 4,
  /** A number in figures, or one of `NaN`, `inf`, `Infinity`. */
  float: 8,
  /** ISO 8601 date or date and time. */
  iso: 16,
  time: 32,
  /** Three numbers, by order. */
  dmy: 64,
  mdy: 128,
  ymd: 256,
  slash: 1 << 9,
  dot: 1 << 10,
  dash: 1 << 11,
  /** What follows the date: nothing, `HH:mm`, `HH:mm:ss`, `HH:mm:ss.S`; with AM or PM or not. */
  dayOnly: 1 << 12,
  minutes: 1 << 13,
  seconds: 1 << 14,
  fractions: 1 << 15,
  hours24: 1 << 16,
  hours12: 1 << 17,
  /** The pattern that was given for the column. */
  given: 1 << 18,
} as const
export const everything = (1 << 19) - 1
/** Bits that name types; the others only say how a date is spelt. */
export const typeBits = fit.boolean | fit.int | fit.float | fit.iso | fit.time | fit.dmy | fit.mdy | fit.ymd | fit.given

/** What cells of a column were seen to be, one bit each. */
export const seen = {
  word: 1,
  beyond53: 2,
  number: 4,
  named: 8,
  clock: 16,
  zoned: 32,
  unzoned: 64,
  /** Digits of a fraction of a second: up to 3, 6, 9. */
  milli: 128,
  micro: 256,
  nano: 512,
  grouped: 1024,
  /** A date without a time, in ISO 8601. */
  days: 2048,
} as const

/** What was seen of the last cell. */
export const look = { seen: 0 }
