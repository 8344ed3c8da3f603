import { describe, expect, test } from 'vitest'
import { createQueue } from '../../../src/kernel/parts/queue.ts'

const size = (value: string) => value.length
const soon = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('a queue', () => {
  test('gives values in order, to a reader who came before or after them', async () => {
    const queue = createQueue<string>(10, size)
    const read: string[] = []
    const reader = (async () => {
      for await (const value of queue) read.push(value)
    })()
    await soon()
    await queue.push('a')
    await queue.push('b')
    queue.end()
    await reader
    expect(read).toEqual(['a', 'b'])
  })

  test('makes the writer wait while too much is under way', async () => {
    const queue = createQueue<string>(3, size)
    await queue.push('long text')
    let written = false
    const writing = queue.push('x').then(() => {
      written = true
    })
    await soon()
    expect(written).toBe(false)
    const iterator = queue[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toBe('long text')
    await writing
    expect(written).toBe(true)
    expect((await iterator.next()).value).toBe('x')
    queue.end()
    expect((await iterator.next()).done).toBe(true)
  })

  test('tells a failure to the reader and to the waiting writer, the first one only', async () => {
    const queue = createQueue<string>(1, size)
    await queue.push('full')
    const writing = queue.push('more')
    const failed = expect(writing).rejects.toThrow('first')
    queue.fail(new Error('first'))
    queue.fail(new Error('second'))
    await failed
    await expect(queue[Symbol.asyncIterator]().next()).rejects.toThrow('first')
    await expect(queue.push('again')).rejects.toThrow('first')
  })

  test('tells a failure to a reader that is waiting', async () => {
    const queue = createQueue<string>(1, size)
    const reading = expect(queue[Symbol.asyncIterator]().next()).rejects.toThrow('gone')
    await soon()
    queue.fail(new Error('gone'))
    await reading
  })
})
