import type { LogicalType, TimeUnit } from 'tidegate'
import { ensure, type Output, writeBytes, writeInt, writeLong, writeNumber, writeUnscaled } from './output.ts'

const encoder = new TextEncoder()

/** A value inside a list or struct, as a step sees it. */
export function encodeValue(type: LogicalType, value: unknown, out: Output): void {
  switch (type.kind) {
    case 'null':
      return
    case 'boolean':
      ensure(out, 1)
      out.bytes[out.at++] = value === true ? 1 : 0
      return
    case 'int':
      if (type.bits === 64 && !type.signed) writeUnscaled(out, BigInt(value as number | bigint))
      else writeWhole(BigInt(value as number | bigint), out)
      return
    case 'float':
      ensure(out, 8)
      if (type.bits === 32) out.view.setFloat32(out.at, value as number, true)
      else out.view.setFloat64(out.at, value as number, true)
      out.at += type.bits / 8
      return
    case 'decimal':
      // Nested decimals have at most 15 digits, so the rounding restores the unscaled integer.
      writeUnscaled(out, BigInt(Math.round((value as number) * 10 ** type.scale)))
      return
    case 'string': {
      const bytes = encoder.encode(value as string)
      writeBytes(out, bytes, 0, bytes.length)
      return
    }
    case 'binary':
      writeBytes(out, value as Uint8Array, 0, (value as Uint8Array).length)
      return
    case 'date':
      writeInt(out, (value as number) / 86_400_000)
      return
    case 'time':
    case 'timestamp':
      writeWhole(units(value as number, type.unit), out)
      return
    case 'list':
      encodeList(type.of, value as readonly unknown[], out)
      return
    case 'struct':
      for (const field of type.fields) {
        const cell = (value as Readonly<Record<string, unknown>>)[field.name]
        encodeMaybe(field.type, field.nullable, cell, out)
      }
  }
}

function encodeList(of: LogicalType, items: readonly unknown[], out: Output): void {
  if (items.length > 0) {
    writeNumber(out, items.length)
    for (const item of items) encodeMaybe(of, true, item, out)
  }
  writeInt(out, 0)
}

function encodeMaybe(type: LogicalType, nullable: boolean, value: unknown, out: Output): void {
  if (type.kind === 'null') return
  const present = value !== null && value !== undefined
  if (nullable) writeInt(out, present ? 1 : 0)
  if (present) encodeValue(type, value, out)
}

function writeWhole(value: bigint, out: Output): void {
  writeLong(out, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
}

/** Units that Avro writes (milliseconds for seconds) in a number of milliseconds with fractions. */
function units(milliseconds: number, unit: TimeUnit): bigint {
  const per = unit === 'us' ? 1000 : unit === 'ns' ? 1_000_000 : 1
  const whole = Math.floor(milliseconds)
  return BigInt(whole) * BigInt(per) + BigInt(Math.round((milliseconds - whole) * per))
}
