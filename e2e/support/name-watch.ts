/** A name asked on a node ten times a second, as a client does that tries again after a second. */
import { execInNode } from '@techulus/lab';
import { nodeOf, sh } from './nodes.ts';

export interface NameWatch {
  readonly asked: number;
  /** Those without an address after the second try. */
  readonly lost: readonly string[];
  readonly longestSeconds: number;
}

const script = `server=$1; name=$2
rm -f /run/e2e-name-watch.stop
i=0
while [ $i -lt 1200 ] && [ ! -e /run/e2e-name-watch.stop ]; do
  start=$(date +%s%N)
  answer=$(dig +short +time=1 +tries=2 @$server $name A 2>&1 | tr '\\n' ' ')
  echo "$(date +%T.%N) $((($(date +%s%N) - start) / 1000000)) $answer"
  i=$((i + 1)); sleep 0.08
done`;

export function askedEvery100ms(node: string, name: string): { stop(): Promise<NameWatch> } {
  const server = `10.200.${nodeOf(node).subnetId}.1`;
  const ended = execInNode(node, ['sh', '-c', script, 'name-watch', server, name], { seconds: 300 });
  ended.catch(() => undefined);
  return {
    stop: async () => {
      await sh(node, 'touch /run/e2e-name-watch.stop');
      const lines = (await ended).trim().split('\n').filter(Boolean);
      const milliseconds = lines.map((line) => Number(line.split(' ')[1]));
      const lost = lines.filter((line) => !/ 10\.\d+\.\d+\.\d+/.test(line));
      return { asked: lines.length, lost, longestSeconds: Math.max(0, ...milliseconds) / 1000 };
    },
  };
}
