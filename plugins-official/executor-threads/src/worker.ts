import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createTaskRunner } from 'tidegate'
import { serve } from './serve.ts'

/** The module that threads of the pool run. */
const { share } = workerData as { readonly share: number }
serve(parentPort as MessagePort, (given) => createTaskRunner({ ...given, share }))
