import { aimText, figure, isMet, type Measured } from './row.ts';

const HEAD = ['what', 'value', 'unit', 'aim', 'met'];

function line(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) =>
    column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
  );
  return `| ${padded.join(' | ')} |`;
}

/** A table that reads in a terminal and in Markdown; the notes stand below it, numbered. */
export function renderTable(measured: readonly Measured[]): string {
  const notes: string[] = [];
  const rows = measured.map(({ name, value, unit, aim, note }) => {
    const mark = note === undefined ? '' : ` [${notes.push(note)}]`;
    return [`${name}${mark}`, figure(value), unit, aimText(aim), isMet(value, aim) ? 'yes' : 'NO'];
  });
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  const table = [line(HEAD, widths), line(rule, widths), ...rows.map((cells) => line(cells, widths))];
  return [...table, '', ...notes.map((note, index) => `[${index + 1}] ${note}`)].join('\n').trimEnd();
}
