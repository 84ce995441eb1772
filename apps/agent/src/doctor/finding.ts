/** One thing that was looked at. `todo` says what to do about it. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly todo?: string;
}

export function ok(name: string, message: string): Finding {
  return { name, level: 'ok', message };
}

export function warn(name: string, message: string, todo: string): Finding {
  return { name, level: 'warn', message, todo };
}

export function fail(name: string, message: string, todo: string): Finding {
  return { name, level: 'fail', message, todo };
}

/** What a person reads: one line per finding, and under it what to do. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.name.length));
  return findings
    .flatMap(({ name, level, message, todo }) => {
      const line = `${level.padEnd(4)}  ${name.padEnd(width)}  ${message}`;
      return todo === undefined ? [line] : [line, `${' '.repeat(width + 8)}→ ${todo}`];
    })
    .join('\n');
}
