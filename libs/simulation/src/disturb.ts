/** How each fault comes over the cluster, and how it ends. */
import type { Cluster } from './cluster.ts';
import type { Machine } from './machine.ts';
import { CALM } from './network.ts';
import type { ApiFault, Fault, MachineFault } from './story.ts';

const API_FAULTS: ReadonlySet<Fault['do']> = new Set<ApiFault['do']>([
  'kill api',
  'control plane away',
  'cut everybody',
  'clock jumps',
  'slow commits',
  'lagging fold',
  'bad jobs',
]);

function isApiFault(fault: Fault): fault is ApiFault {
  return API_FAULTS.has(fault.do);
}

/** Killed now, or at its next commit or reply; up again after a while. */
function killApi(cluster: Cluster, { api, point, downMs }: Extract<ApiFault, { do: 'kill api' }>): void {
  const running = cluster.apis.get(cluster.names[api] ?? '');
  const trouble = cluster.troubles[api];
  if (running === undefined || trouble === undefined) return;
  running.process.onEnd(() => void cluster.clock.after(downMs, () => void cluster.startApi(api)));
  if (point === 'now') running.process.kill();
  else trouble.killAt = point;
}

function disturbApis(cluster: Cluster, fault: ApiFault): () => void {
  switch (fault.do) {
    case 'kill api':
      killApi(cluster, fault);
      return () => undefined;
    case 'control plane away':
      for (const api of cluster.apis.values()) api.process.kill();
      return () => cluster.names.forEach((_, index) => void cluster.startApi(index));
    case 'cut everybody': {
      const ends = cluster.machines.map((machine) => cut(machine, 'both'));
      return () => ends.forEach((end) => end());
    }
    case 'clock jumps':
      cluster.clock.jump(fault.byMs);
      return () => undefined;
    case 'slow commits': {
      const trouble = cluster.troubles[fault.api];
      if (trouble === undefined) return () => undefined;
      trouble.slowCommitsMs = fault.upToMs;
      return () => void (trouble.slowCommitsMs = 0);
    }
    case 'lagging fold': {
      const trouble = cluster.troubles[fault.api];
      if (trouble === undefined) return () => undefined;
      trouble.lagMs = fault.upToMs;
      return () => void (trouble.lagMs = 0);
    }
    case 'bad jobs':
      Object.assign(cluster.jobFaults, { copies: fault.copies, lateMs: fault.lateMs });
      return () => void Object.assign(cluster.jobFaults, { copies: 1, lateMs: 0 });
  }
}

function restartLater(cluster: Cluster, machine: Machine, downMs: number): () => void {
  cluster.clock.after(downMs, () => machine.start());
  return () => undefined;
}

function killAgent(cluster: Cluster, machine: Machine, afterSteps: number, downMs: number): () => void {
  machine.killAfter = afterSteps;
  machine.onKilled = () => {
    cluster.note(`${machine.name}: the agent is killed`);
    restartLater(cluster, machine, downMs);
  };
  return () => undefined;
}

function handOnContainer(machine: Machine, what: 'kill container' | 'remove container', which: number): () => void {
  const ours = machine.podman.ours();
  const container = ours[which % Math.max(1, ours.length)];
  const { inner } = machine.podman;
  if (container?.running === true) inner.end(container.id, 137);
  if (container !== undefined && what === 'remove container') void inner.remove(container.id);
  machine.podman.onChange();
  return () => undefined;
}

function cut(machine: Machine, direction: 'both' | 'out' | 'back'): () => void {
  Object.assign(machine.link.cut, { out: direction !== 'back', back: direction !== 'out' });
  return () => void Object.assign(machine.link.cut, { out: false, back: false });
}

function missImages(machine: Machine): () => void {
  // Whatever is rolled out next is not found here.
  const { podman } = machine;
  const before = podman.missing;
  podman.missing = { has: () => true };
  return () => void (podman.missing = before);
}

function disturbMachine(cluster: Cluster, machine: Machine, fault: MachineFault): () => void {
  switch (fault.do) {
    case 'kill agent':
      return killAgent(cluster, machine, fault.afterSteps, fault.downMs);
    case 'lose state':
      machine.loseState();
      return restartLater(cluster, machine, fault.downMs);
    case 'reboot':
      machine.reboot();
      return restartLater(cluster, machine, fault.downMs);
    case 'cut':
      return cut(machine, fault.direction);
    case 'weather':
      machine.link.weather = { loss: fault.loss, duplicates: fault.duplicates, delayMs: [1, fault.upToMs] };
      return () => void (machine.link.weather = CALM);
    case 'podman':
      machine.podman.be(fault.mood);
      return () => machine.podman.be('well');
    case 'rough sections':
      machine.sections.rough = true;
      return () => void (machine.sections.rough = false);
    case 'missing image':
      return missImages(machine);
    case 'flapping':
      machine.flapping = fault.probability;
      return () => void (machine.flapping = 0);
    case 'clock off':
      machine.skewMs = fault.byMs;
      return () => void (machine.skewMs = 0);
    case 'kill container':
    case 'remove container':
      return handOnContainer(machine, fault.do, fault.which);
  }
}

/** Begins a fault; answers how it ends. */
export function disturb(cluster: Cluster, fault: Fault): () => void {
  if (isApiFault(fault)) return disturbApis(cluster, fault);
  const machine = cluster.machines[fault.server];
  return machine === undefined ? () => undefined : disturbMachine(cluster, machine, fault);
}

/** All faults are over: whatever is down comes up. */
export function calmDown(cluster: Cluster): void {
  for (const trouble of cluster.troubles) Object.assign(trouble, { killAt: null, slowCommitsMs: 0, lagMs: 0 });
  cluster.names.forEach((_, index) => void cluster.startApi(index));
  for (const machine of cluster.machines) {
    machine.killAfter = null;
    machine.start();
  }
}
