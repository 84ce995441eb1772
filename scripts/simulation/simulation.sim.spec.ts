import { spawn } from 'node:child_process';
import { bundled } from './bundled.ts';
import { mutants } from './mutants.ts';

const SEEDS = 300;
/** As many processes as share the stories; each takes its own part of the seeds. */
const PARTS = 2;
const PATIENCE_MS = 600_000;

interface Told {
  readonly code: number | null;
  readonly said: string;
}

function tell(bundle: string, ...args: string[]): Promise<Told> {
  const child = spawn(process.execPath, ['--enable-source-maps', bundle, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => said.push(text.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said: said.join('') }));
  });
}

describe('the code that ships, in stories', () => {
  it(
    `keeps every promise in ${SEEDS} of them`,
    async () => {
      const bundle = await bundled('main');
      const each = SEEDS / PARTS;
      const parts = Array.from({ length: PARTS }, (_, part) =>
        tell(bundle, '--from', String(1 + part * each), '--seeds', String(each)),
      );
      const broken = (await Promise.all(parts)).filter(({ code }) => code !== 0);
      expect(broken.map(({ said }) => said)).toEqual([]);
    },
    PATIENCE_MS,
  );
});

/** The whole proof, with 2,000 seeds each and the bugs that take more, is `npm run test:soak`. */
describe('a bug put in on purpose', () => {
  const quick = mutants.filter(({ seeds }) => seeds <= 100);
  it.each(quick)(
    'is found: $name',
    async ({ name, edits, seeds }) => {
      const bundle = await bundled(`mutant-${mutants.findIndex((mutant) => mutant.name === name)}`, edits);
      const { code, said } = await tell(bundle, '--short', '--lines', '1', '--seeds', String(seeds));
      expect(said).toContain('broken: ');
      expect(code).toBe(1);
    },
    PATIENCE_MS,
  );

  it('is proven with ten of them at least', () => {
    expect(quick.length).toBeGreaterThanOrEqual(10);
  });
});
