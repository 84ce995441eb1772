import { KEPT_ANSWERS } from '../answers/kept-answers.ts';
import { SNAPSHOT_MARKS, SNAPSHOTS } from '../cluster/snapshots.ts';
import { HEARING_ROWS } from '../presence/hearing.ts';
import { PRESENCE_ROWS } from '../presence/presence.ts';

/**
 * Rows that say what is now, or can be made again: not in a backup. A restored control plane has heard of nobody yet, which
 * is what is true.
 */
export const LEFT_OUT: readonly string[] = [PRESENCE_ROWS, HEARING_ROWS, KEPT_ANSWERS, SNAPSHOTS, SNAPSHOT_MARKS];
