import type { LabJson } from './lab-json.ts';

/** A table for people; scripts read lab.json. Pure. */
export function renderStatus(lab: LabJson, serverStatus: ReadonlyMap<string, string>): string {
  const rows = [
    ['NODE', 'ROLE', 'ADDRESS', 'STATE', 'SERVER', 'MESH'],
    ...lab.nodes.map((node) => [
      node.name,
      node.role,
      node.address,
      node.pid === null ? 'off' : `on (pid ${node.pid})`,
      serverStatus.get(node.name) ?? (node.serverId === null ? 'not a server' : 'unknown'),
      node.subnetId === null ? '-' : `10.100.${node.subnetId}.1`,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [api] = lab.api;
  const head = [
    `control plane  ${api === undefined ? 'not running' : `${api.url} (pid ${api.pid}), for nodes ${lab.nodeApiUrl}`}`,
    `registry       ${lab.registry}`,
  ];
  return `${[...head, '', ...table].join('\n')}\n`;
}
