/** Marks a file as ours ("TIDE"). */
export const applicationId = 0x54494445
export const schemaVersion = 1

/**
 * Each event stands in `events` as it came; all other tables are derived from it when it arrives, so that questions need no event to be parsed.
 * A `shape` is what COMPLETE events of one job have in common while the code does not change (its edges), stored once however often it runs.
 * Times are epoch milliseconds, except in `run_outputs`, where they stand as they came.
 */
export const schema = `
CREATE TABLE jobs (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (name, namespace));
CREATE TABLE datasets (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (name, namespace));
CREATE TABLE fields (id INTEGER PRIMARY KEY, dataset_id INTEGER NOT NULL REFERENCES datasets, name TEXT NOT NULL, UNIQUE (dataset_id, name));
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, job_id INTEGER NOT NULL REFERENCES jobs, state TEXT NOT NULL, started_at TEXT, ended_at TEXT
);
CREATE TABLE shapes (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, type TEXT NOT NULL, at INTEGER NOT NULL,
  job_id INTEGER NOT NULL REFERENCES jobs, run_id INTEGER NOT NULL REFERENCES runs, shape_id INTEGER REFERENCES shapes, body TEXT NOT NULL
);
CREATE INDEX events_of_job ON events (job_id, seq);
CREATE INDEX events_of_run ON events (run_id, seq);
CREATE INDEX completions ON events (job_id, at, seq) WHERE type = 'COMPLETE';
CREATE TABLE event_datasets (
  seq INTEGER NOT NULL REFERENCES events, role TEXT NOT NULL, position INTEGER NOT NULL, dataset_id INTEGER NOT NULL REFERENCES datasets, version TEXT,
  PRIMARY KEY (seq, role, position)
) WITHOUT ROWID;
CREATE INDEX events_of_dataset ON event_datasets (dataset_id, role, seq);
CREATE TABLE run_outputs (
  dataset_id INTEGER NOT NULL REFERENCES datasets, run_id INTEGER NOT NULL REFERENCES runs, job_id INTEGER NOT NULL REFERENCES jobs,
  state TEXT NOT NULL, started_at TEXT, ended_at TEXT, version TEXT, rows INTEGER, error TEXT,
  PRIMARY KEY (dataset_id, run_id)
) WITHOUT ROWID;
CREATE TABLE dataset_edges (shape_id INTEGER NOT NULL REFERENCES shapes, from_id INTEGER NOT NULL REFERENCES datasets, to_id INTEGER NOT NULL REFERENCES datasets);
CREATE INDEX dataset_edges_from ON dataset_edges (from_id, shape_id);
CREATE INDEX dataset_edges_to ON dataset_edges (to_id, shape_id);
CREATE TABLE edges (
  shape_id INTEGER NOT NULL REFERENCES shapes, from_id INTEGER NOT NULL REFERENCES fields, to_id INTEGER NOT NULL REFERENCES fields,
  how TEXT NOT NULL, expression TEXT
);
CREATE INDEX edges_from ON edges (from_id, shape_id);
CREATE INDEX edges_to ON edges (to_id, shape_id);
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};
`
