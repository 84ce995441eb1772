import { KEPT_ANSWERS } from '../answers/kept-answers.ts';
import { SNAPSHOT_MARKS, SNAPSHOTS } from '../cluster/snapshots.ts';
import { HEARING_ROWS } from '../presence/hearing.ts';

/** Rows that say what is now, or can be made again: not in a backup. */
export const LEFT_OUT: readonly string[] = [HEARING_ROWS, KEPT_ANSWERS, SNAPSHOTS, SNAPSHOT_MARKS];
