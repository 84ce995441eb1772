/**
 * Requests by name, one after the other, from a node: its resolver keeps the answer for its TTL (systemd-resolved), and each
 * request goes to one of the addresses, in turn. Without that, a client's own second try would hide what failed.
 */
import { execInNode } from '@techulus/lab';
import { sh } from './nodes.ts';

export interface Request {
  readonly at: string;
  readonly address: string;
  readonly code: string;
  readonly seconds: number;
  readonly said: string;
}

export interface SteadyRequests {
  /** Ends after the request in flight; answers all of them. */
  stop(): Promise<Request[]>;
}

export interface Load {
  readonly name: string;
  readonly path?: string;
  /** The end, whatever happens. */
  readonly atMost?: number;
  readonly pauseSeconds?: number;
  readonly timeoutSeconds?: number;
}

let loads = 0;

const script = `name=$1; path=$2; count=$3; pause=$4; limit=$5; stop=$6
i=0
while [ $i -lt $count ] && [ ! -e $stop ]; do
  set -- $(getent ahostsv4 $name | awk '$2 == "STREAM" { print $1 }')
  if [ $# -eq 0 ]; then echo "$(date +%T.%N) - 000 0 no address"; else
    shift $((i % $#)); address=$1
    said=$(curl -s -S -o /dev/null -m $limit -w '%{http_code} %{time_total}' "http://$address:8080$path" 2>&1 | tr '\\n' ' ')
    case "$said" in curl*) said="000 0 $said";; esac
    echo "$(date +%T.%N) $address $said"
  fi
  i=$((i + 1)); sleep $pause
done`;

function parse(line: string): Request {
  const [at = '', address = '', code = '', seconds = '', ...said] = line.trim().split(' ');
  return { at, address, code, seconds: Number(seconds), said: said.join(' ') };
}

export function steadyRequests(node: string, load: Load): SteadyRequests {
  const { name, path = '/healthz', atMost = 3000, pauseSeconds = 0.03, timeoutSeconds = 5 } = load;
  loads += 1;
  const stopFile = `/run/steady-requests-${loads}.stop`;
  const args = [name, path, atMost, pauseSeconds, timeoutSeconds, stopFile].map(String);
  const ended = execInNode(node, ['sh', '-c', `rm -f ${stopFile}\n${script}`, 'steady', ...args], { seconds: 300 });
  ended.catch(() => undefined);
  return {
    stop: async () => {
      await sh(node, `touch ${stopFile}`);
      const lines = (await ended).trim().split('\n');
      return lines.filter(Boolean).map(parse);
    },
  };
}

export function failed(requests: readonly Request[]): Request[] {
  return requests.filter(({ code }) => code !== '200');
}
