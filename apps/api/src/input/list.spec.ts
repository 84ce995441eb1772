import { pageWindow } from './list.ts';
import { requireMatch } from './request.ts';

const rows = (...ids: string[]): { id: string }[] => ids.map((id) => ({ id }));

describe('a page', () => {
  it('asks for one row more than it shows, to know of a next page', () => {
    const { where, options, page } = pageWindow({ limit: 2, cursor: 'b' }, 'oldest first');
    expect({ where, options }).toEqual({ where: { id: { $gt: 'b' } }, options: { orderBy: { id: 'asc' }, limit: 3 } });
    expect(page(rows('c', 'd', 'e'), ({ id }) => id)).toEqual({ items: ['c', 'd'], next: 'd' });
    expect(page(rows('c', 'd'), ({ id }) => id)).toEqual({ items: ['c', 'd'], next: null });
  });

  it('goes on behind a row that is shown no more', () => {
    const { page } = pageWindow({ limit: 2 }, 'newest first');
    expect(page(rows('c', 'b', 'a'), ({ id }) => (id === 'b' ? undefined : id))).toEqual({ items: ['c'], next: 'b' });
  });
});

describe('If-Match', () => {
  it.each([undefined, '*', '"3"', '"1", "3"'])('%s lets version 3 pass', (ifMatch) => {
    expect(() => requireMatch(ifMatch, 3)).not.toThrow();
  });

  it.each(['"2"', '3', 'W/"3"', '', '"33"'])('%s does not', (ifMatch) => {
    expect(() => requireMatch(ifMatch, 3)).toThrow(expect.objectContaining({ status: 412 }));
  });
});
