import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { nextSteps } from './welcome.ts';

const lab = {
  apiUrl: 'http://127.0.0.1:7480',
  nodeApiUrl: 'http://10.60.1.1:7480',
  adminToken: 'secret',
  registry: '10.60.1.1:5000',
  api: [],
  postgres: null,
  nodes: [],
};

describe('what to try next', () => {
  it('names the lab of the checkout as one types it', () => {
    const steps = nextSteps(lab, { labJson: join(process.cwd(), '.lab/lab.json') });
    expect(steps).toContain('require("./.lab/lab.json")');
    expect(steps).not.toContain('TECHULUS_LAB_DIR');
  });

  it('names a lab elsewhere, and its token is found there by the line as it stands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'welcome-'));
    const labJson = join(folder, 'lab.json');
    writeFileSync(labJson, JSON.stringify(lab));
    const steps = nextSteps(lab, { labJson }, relative(process.cwd(), folder));
    expect(steps).toContain(`  export TECHULUS_LAB_DIR=${relative(process.cwd(), folder)}\n`);
    const line = /TOKEN=.*/.exec(steps)?.[0];
    expect(execFileSync('sh', ['-c', `${line}; echo $TOKEN`], { encoding: 'utf8' })).toBe('secret\n');
    rmSync(folder, { recursive: true });
  });
});
