/**
 * The version of the fold: raise it whenever ClusterState, or what an event does to it, changes. Snapshots of another version
 * are not read. fold-version.spec.ts fails until `fixtures/fold.json` has the version and hash of the present fold.
 */
export const FOLD_VERSION = 2;
