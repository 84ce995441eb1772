import { closeSync, existsSync, openSync, readSync } from 'node:fs';

export interface Following {
  /** Reads what is left, then ends. */
  stop(): void;
}

/** Gives the lines of a file that another process is writing, as they come. */
export function follow(path: string, onLine: (line: string) => void): Following {
  let position = 0;
  let rest = '';
  const buffer = Buffer.alloc(65_536);

  const readOn = (): void => {
    if (!existsSync(path)) return;
    const file = openSync(path, 'r');
    try {
      for (let length = -1; length !== 0;) {
        length = readSync(file, buffer, 0, buffer.length, position);
        position += length;
        const lines = (rest + buffer.toString('utf8', 0, length)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      }
    } finally {
      closeSync(file);
    }
  };

  const timer = setInterval(readOn, 200);
  return {
    stop(): void {
      clearInterval(timer);
      readOn();
    },
  };
}
