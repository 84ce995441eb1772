import { existsSync, readFileSync } from 'node:fs';
import { sha256Hex } from '@techulus/keys';
import type { Config } from '../config.ts';

export interface InstallationFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What a machine downloads to become a server, and the line that an operator runs there. */
export class Installation {
  constructor(private readonly config: Pick<Config, 'urls' | 'agentPackage' | 'installScript'>) {}

  /** The script checks the package that it downloads against this hash. */
  script(): InstallationFile | undefined {
    const agent = this.agentPackage();
    if (agent === undefined || !existsSync(this.config.installScript)) return undefined;
    const text = readFileSync(this.config.installScript, 'utf8').replaceAll('@DEB_SHA256@', sha256Hex(agent.body));
    return { contentType: 'text/x-shellscript; charset=utf-8', body: Buffer.from(text) };
  }

  agentPackage(): InstallationFile | undefined {
    const { agentPackage } = this.config;
    if (!existsSync(agentPackage)) return undefined;
    return { contentType: 'application/vnd.debian.binary-package', body: readFileSync(agentPackage) };
  }

  /**
   * The line to run on the new machine. The token travels in the environment, never as an argument that others could
   * read. Over plain HTTP the script is checked against its hash before it runs.
   */
  installLine(token: string, isProxy: boolean): string {
    const [url = ''] = this.config.urls;
    const options = `--url ${this.config.urls.join(',')}${isProxy ? ' --proxy' : ''}`;
    if (url.startsWith('https:')) return `curl -fsSL ${url}/install/agent.sh | TECHULUS_TOKEN=${token} sh -s -- ${options}`;
    const script = this.script();
    const file = '/tmp/techulus-install.sh';
    const hash = script === undefined ? '0'.repeat(64) : sha256Hex(script.body);
    return `curl -fsSL ${url}/install/agent.sh -o ${file} && echo "${hash}  ${file}" | sha256sum -c --quiet && TECHULUS_TOKEN=${token} sh ${file} ${options}`;
  }
}
