import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentVersion, versionBeside } from './version.ts';

describe('the version that an agent reports', () => {
  it('is that of the installed package, so that an upgrade shows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'techulus-version-'));
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'package.json'), '{"version":"0.1.0"}');
    expect(versionBeside(join(folder, 'dist'))).toBe('0.1.0');
    writeFileSync(join(folder, 'dist', 'package.json'), '{"version":"0.1.1"}');
    expect(versionBeside(join(folder, 'dist'))).toBe('0.1.1');
    rmSync(folder, { recursive: true });
    expect(versionBeside(join(folder, 'dist'))).toBe('unknown');
  });

  it('is the agent’s own from the sources', () => {
    expect(agentVersion).toMatch(/^\d+\.\d+\.\d+/);
  });
});
