import type { SecretStore } from '../../plugins/secret-store.ts'

/** Secrets from environment variables of the same names. */
export function environmentSecrets(variables: Readonly<Record<string, string | undefined>> = process.env): SecretStore {
  return { get: async (name) => variables[name] }
}
