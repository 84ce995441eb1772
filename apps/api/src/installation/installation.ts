import { existsSync, readFileSync, statSync } from 'node:fs';
import { sha256Hex } from '@techulus/keys';
import type { Config } from '../config.ts';

/** What a machine downloads to become a server, and the line that an operator runs there. */
export class Installation {
  private known: { state: string; hash: string } | undefined;

  constructor(private readonly config: Pick<Config, 'urls' | 'agentPackage' | 'installScript'>) {}

  /** Undefined: there is no agent package to hand out. */
  packagePath(): string | undefined {
    return existsSync(this.config.agentPackage) ? this.config.agentPackage : undefined;
  }

  /** The script checks the package that it downloads against its hash. */
  script(): string | undefined {
    const hash = this.packageHash();
    if (hash === undefined || !existsSync(this.config.installScript)) return undefined;
    return readFileSync(this.config.installScript, 'utf8').replaceAll('@DEB_SHA256@', hash);
  }

  /**
   * The line to run on the new machine. The token travels in the environment, never as an argument that others could
   * read. Over plain HTTP the script is checked against its hash before it runs. Where there is no package yet, the line
   * fails at its download, which says so.
   */
  installLine(token: string, isProxy: boolean): string {
    const [url = ''] = this.config.urls;
    const script = this.script() ?? '';
    const options = `--url ${url}${isProxy ? ' --proxy' : ''}`;
    if (url.startsWith('https:'))
      return `curl -fsSL ${url}/install/agent.sh | TECHULUS_TOKEN=${token} sh -s -- ${options}`;
    const file = '/tmp/techulus-install.sh';
    const check = `echo "${sha256Hex(script)}  ${file}" | sha256sum -c --quiet`;
    return `curl -fsSL ${url}/install/agent.sh -o ${file} && ${check} && TECHULUS_TOKEN=${token} sh ${file} ${options}`;
  }

  /** Hashed once for as long as the file stays the same. */
  private packageHash(): string | undefined {
    const path = this.packagePath();
    if (path === undefined) return undefined;
    const { mtimeMs, size, ino } = statSync(path);
    const state = `${ino}/${size}/${mtimeMs}`;
    if (this.known?.state !== state) this.known = { state, hash: sha256Hex(readFileSync(path)) };
    return this.known.hash;
  }
}
