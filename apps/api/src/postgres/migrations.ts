import { eventStoreMigrations } from '@techulus/event-store';

/** In the order they run; names are given, because a bundle may rename classes. */
export const migrations = [...eventStoreMigrations];
