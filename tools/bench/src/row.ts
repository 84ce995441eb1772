/** One line of the table: a figure, what it should be, and whether it is. */
export interface Aim {
  readonly is: '≥' | '≤' | '<' | '>';
  readonly than: number;
}

export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly aim: Aim;
  /** What a reader needs beside the figure: the parts of a ratio, how it was loaded. */
  readonly note?: string;
}

/** As `--json` has it. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly aim: string;
  readonly met: boolean;
}

export function isMet(value: number, { is, than }: Aim): boolean {
  switch (is) {
    case '≥':
      return value >= than;
    case '>':
      return value > than;
    case '≤':
      return value <= than;
    case '<':
      return value < than;
  }
}

/** Three digits that matter; a rounded figure must not look as if it met an aim that it misses, so this is for eyes only. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return String(rounded).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ',');
}

export function aimText({ is, than }: Aim): string {
  return `${is} ${figure(than)}`;
}

export function rowOf({ name, value, unit, aim }: Measured): Row {
  return { name, value, unit, aim: aimText(aim), met: isMet(value, aim) };
}
