import type { Events, TidegateEvent } from '../../plugins/events.ts'
import type { Logger } from '../../plugins/logger.ts'
import type { Redactor } from '../secrets/redactor.ts'

/**
 * The event stream of one kernel. Listeners are called at once and in the order in which they came. Errors in events are shown without the secrets
 * that `redactor` knows.
 */
export function createEvents(log: Logger, redactor: Redactor): Events {
  // Keyed by a number: the same function may listen twice.
  const listeners = new Map<number, (event: TidegateEvent) => void>()
  const failed = new Set<number>()
  let next = 0
  return {
    emit(given) {
      const event = redacted(given, redactor)
      for (const [id, listener] of [...listeners]) {
        try {
          listener(event)
        } catch (error) {
          if (failed.has(id)) continue
          failed.add(id)
          log.error(`A listener failed at the event ${event.type}; it keeps listening, later failures stay silent`, {
            error,
          })
        }
      }
    },
    on(listener) {
      const id = next++
      listeners.set(id, listener)
      return () => void listeners.delete(id)
    },
  }
}

function redacted(event: TidegateEvent, { redact }: Redactor): TidegateEvent {
  if (!('error' in event) || event.error === undefined) return event
  const { message, hint, ...rest } = event.error
  return {
    ...event,
    error: { ...rest, message: redact(message), ...(hint === undefined ? {} : { hint: redact(hint) }) },
  }
}
