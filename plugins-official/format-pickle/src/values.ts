/**
 * What a pickle describes, as inert data. None, bool, int, float, str and bytes are `null`, `boolean`, `number` or `bigint`, `Float`, `string` and
 * `Uint8Array`; lists and tuples are arrays. Nothing here can run.
 */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Float
  | Moment
  | DecimalText
  | PyArray
  | PyDict
  | PySet
  | PyGlobal
  | PyCall

export interface PyArray extends Array<PyValue> {}

/** A Python float: 1.0 is not the int 1. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A date (in days), time of day or date and time (in `unit`, since midnight or 1970), whose class Python states. */
export class Moment {
  readonly kind: 'date' | 'time' | 'timestamp'
  readonly value: bigint
  readonly unit: 's' | 'ms' | 'us' | 'ns'
  /** With an offset: an instant, in UTC. */
  readonly zoned: boolean
  constructor(kind: Moment['kind'], value: bigint, unit: Moment['unit'] = 'us', zoned = false) {
    this.kind = kind
    this.value = value
    this.unit = unit
    this.zoned = zoned
  }
}

/** A Python Decimal: an unscaled integer and the number of places. */
export class DecimalText {
  readonly unscaled: bigint
  readonly scale: number
  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }
}

export class PyDict {
  readonly keys: PyValue[] = []
  readonly values: PyValue[] = []
  #byText: Map<PyValue, number> | undefined

  set(key: PyValue, value: PyValue): void {
    this.#byText = undefined
    this.keys.push(key)
    this.values.push(value)
  }
  /** The value of a key that is text; of equal keys the last. */
  get(key: string): PyValue | undefined {
    if (this.keys.length <= 8) {
      const at = this.keys.lastIndexOf(key)
      return at < 0 ? undefined : this.values[at]
    }
    this.#byText ??= new Map(this.keys.map((one, i) => [one, i]))
    const at = this.#byText.get(key)
    return at === undefined ? undefined : this.values[at]
  }
}

export class PySet {
  readonly items: PyValue[]
  constructor(items: PyValue[]) {
    this.items = items
  }
}

/** The name of a class or function that is allowed to appear. */
export class PyGlobal {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A call that Python would make: which, with what, and the state it would set. It is read as a value where its meaning is known. */
export class PyCall {
  readonly name: string
  readonly args: readonly PyValue[]
  state: PyValue | undefined
  constructor(name: string, args: readonly PyValue[]) {
    this.name = name
    this.args = args
  }
}
