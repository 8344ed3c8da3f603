/** The environment of a run: `--env`, else TIDEGATE_ENV, else `development`. Empty counts as not given. */
export function environmentName(
  flag: string | undefined,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return flag || variables['TIDEGATE_ENV'] || 'development'
}
