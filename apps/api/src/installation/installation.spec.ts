import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@techulus/keys';
import { Installation } from './installation.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'techulus-installation-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function installation(url: string): Installation {
  const agentPackage = join(folder, 'agent.deb');
  const installScript = join(folder, 'install.sh');
  writeFileSync(agentPackage, 'package');
  writeFileSync(installScript, 'SHA=@DEB_SHA256@\n');
  return new Installation({ urls: [url, 'http://192.0.2.9:7480'], agentPackage, installScript });
}

describe('what a new machine is told to run', () => {
  it('carries the hash of the package in the script, of the package as it is now', () => {
    const made = installation('http://192.0.2.1:7480');
    expect(made.script()).toBe(`SHA=${sha256Hex('package')}\n`);
    writeFileSync(join(folder, 'agent.deb'), 'another');
    utimesSync(join(folder, 'agent.deb'), 1, 1);
    expect(made.script()).toBe(`SHA=${sha256Hex('another')}\n`);
  });

  it('checks the script over plain HTTP before it runs, and keeps the token out of the arguments', () => {
    const made = installation('http://192.0.2.1:7480');
    expect(made.installLine('tcl_x', true)).toBe(
      `curl -fsSL http://192.0.2.1:7480/install/agent.sh -o /tmp/techulus-install.sh && ` +
        `echo "${sha256Hex(made.script() ?? '')}  /tmp/techulus-install.sh" | sha256sum -c --quiet && ` +
        `TECHULUS_TOKEN=tcl_x sh /tmp/techulus-install.sh --url http://192.0.2.1:7480 --proxy`,
    );
  });

  it('is one pipe over HTTPS', () => {
    const made = installation('https://techulus.example');
    const line =
      'curl -fsSL https://techulus.example/install/agent.sh | TECHULUS_TOKEN=tcl_x sh -s -- --url https://techulus.example';
    expect(made.installLine('tcl_x', false)).toBe(line);
  });
});
