import type { Workspace } from '../../plugins/workspace.ts'
import { TidegateError } from '../errors.ts'

/** Native errors of a workspace become `WORKSPACE_FAILED` that says what was being done. */
export function guardWorkspace(workspace: Workspace): Workspace {
  const guard = <T>(what: string, path: string, act: () => Promise<T>) =>
    act().catch((cause: unknown) => {
      if (cause instanceof TidegateError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC'
      throw new TidegateError(
        'WORKSPACE_FAILED',
        `The workspace at ${workspace.location} could not ${what} ${path}: ${reason}`,
        {
          hint: full
            ? 'The disk is full: free space (`tidegate gc`) and run again; nothing committed is lost.'
            : 'Check that the workspace is reachable and writable, then run again; finished work is adopted.',
          cause,
        },
      )
    })
  const { sync } = workspace
  return {
    location: workspace.location,
    put: (path, data) => guard('write', path, () => workspace.put(path, data)),
    putIfAbsent: (path, data) => guard('write', path, () => workspace.putIfAbsent(path, data)),
    get: (path, range) => guard('read', path, () => workspace.get(path, range)),
    list: (prefix) => guardedList(workspace, prefix, guard),
    delete: (path) => guard('delete', path, () => workspace.delete(path)),
    ...(sync === undefined
      ? {}
      : {
          sync: (paths: readonly string[]) =>
            guard('make durable', `${paths.length} files`, () => sync.call(workspace, paths)),
        }),
    ...(workspace.localPath === undefined ? {} : { localPath: (path: string) => workspace.localPath?.(path) }),
  }
}

async function* guardedList(
  workspace: Workspace,
  prefix: string,
  guard: <T>(what: string, path: string, act: () => Promise<T>) => Promise<T>,
): ReturnType<Workspace['list']> {
  const objects = workspace.list(prefix)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await guard('list', prefix, () => objects.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await objects.return?.()
  }
}
