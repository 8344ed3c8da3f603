/** Names that mean the same in every module of every run. `process.env` and `globalThis` are not here: what they hold can change without the code. */
const names = new Set(
  `Infinity NaN undefined isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
  Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date DisposableStack FinalizationRegistry
  Float16Array Float32Array Float64Array Int8Array Int16Array Int32Array Intl Iterator JSON Map Math Number Object Promise Proxy Reflect RegExp
  Set SharedArrayBuffer String Symbol Temporal Uint8Array Uint8ClampedArray Uint16Array Uint32Array WeakMap WeakRef WeakSet WebAssembly
  Error AggregateError EvalError RangeError ReferenceError SuppressedError SyntaxError TypeError URIError
  AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey
  CustomEvent DecompressionStream DOMException Event EventTarget File FormData Headers MessageChannel MessageEvent MessagePort Performance
  ReadableStream Request Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream URL URLSearchParams
  WebSocket WritableStream atob btoa clearImmediate clearInterval clearTimeout console crypto fetch navigator performance queueMicrotask
  setImmediate setInterval setTimeout structuredClone process`.split(/\s+/),
)

export function isGlobal(name: string): boolean {
  return names.has(name)
}
