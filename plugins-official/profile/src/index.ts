// What a table looks like, and rules that its rows suggest.
export { methods } from './methods.ts'
export { type ProfileRequest, profile, type Rows } from './profile.ts'
export { createProfiler, type ProfileOptions, type Profiler, profileOptions } from './profiler.ts'
export { escapeHtml, profilePage, profileSections } from './show/html.ts'
export { type SuggestOptions, suggest } from './suggest/suggest.ts'
export { type Suggested, type SuggestRequest, suggestChecks } from './suggest/suggest-checks.ts'
export type { Rule, Suggestion } from './suggest/suggestion.ts'
export { writeTypeScript, writeYaml } from './suggest/write.ts'
export type {
  CandidateKey,
  ColumnProfile,
  Correlations,
  Dependency,
  Distinct,
  Meaning,
  Method,
  NumberProfile,
  Profile,
  ProfileValue,
  Quantile,
  TextProfile,
  TopValues,
} from './types.ts'
