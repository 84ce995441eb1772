import { ApiProperty } from '@nestjs/swagger';
import { DEFAULT_LIMIT, type ListQuery } from './read-query.ts';

export interface Page<T> {
  readonly items: T[];
  /** The next page's `cursor`; null: this was the last. */
  readonly next: string | null;
}

/** The class of a list, for openapi.json. */
export function listOf<T extends object>(item: new () => T): new () => Page<T> {
  class List implements Page<T> {
    @ApiProperty({ type: [item] }) items!: T[];
    @ApiProperty({ type: String, nullable: true, description: "The next page's `cursor`; null: this was the last." })
    next!: string | null;
  }
  Object.defineProperty(List, 'name', { value: `${item.name.replace(/Resource$/, '')}List` });
  return List;
}

/** Ids rise with time, so a page is what comes after an id. One row more is read than is shown, to know of a next page. */
export function pageWindow(query: ListQuery, order: 'oldest first' | 'newest first') {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = order === 'oldest first' ? { $gt: query.cursor ?? '' } : { $lt: query.cursor ?? 'g' };
  return {
    where: { id: after },
    options: { orderBy: { id: order === 'oldest first' ? ('asc' as const) : ('desc' as const) }, limit: limit + 1 },
    page<R extends { id: string }, T>(rows: readonly R[], show: (row: R) => T | undefined): Page<T> {
      const kept = rows.slice(0, limit);
      const next = rows.length > limit ? (kept.at(-1)?.id ?? null) : null;
      return { items: kept.flatMap((row) => show(row) ?? []), next };
    },
  };
}
