/** The control plane's twin in memory, as one server sees it: what it is expected to be, long polls, reports. */
import {
  compareGenerations,
  type ExpectedStateAnswer,
  type Generations,
  type PartsBySection,
  SECTIONS,
  type SectionName,
  sectionHash,
  type StatusReport,
} from '@techulus/contract';
import type { ControlPlane, Poll, Reported } from '../ports.ts';

type Parts = { [K in SectionName]: PartsBySection[K][] };

export class MemoryControlPlane implements ControlPlane {
  readonly reports: StatusReport[] = [];
  /** When polls began, by the clock given. */
  readonly polls: number[] = [];
  reachable = true;
  removed = false;
  resend: SectionName[] = [];
  position = 0;
  epoch = 1;
  /** Of containers that are not expected, only these are to be stopped; undefined: all. */
  stopOnly: string[] | undefined;
  private readonly parts: Parts = { containers: [], dns: [], traefik: [], wireguard: [] };
  private readonly generations: Partial<Record<SectionName, number>> = {};
  private readonly waiting = new Set<() => void>();
  private readonly serverId: string;
  private readonly subnetId: number;
  private readonly sha256: (text: string) => string;
  private readonly clock: () => number;

  constructor(serverId: string, subnetId: number, sha256: (text: string) => string, clock: () => number) {
    this.serverId = serverId;
    this.subnetId = subnetId;
    this.sha256 = sha256;
    this.clock = clock;
  }

  expect<K extends SectionName>(section: K, parts: PartsBySection[K][]): void {
    this.position += 1;
    (this.parts as Record<K, PartsBySection[K][]>)[section] = parts;
    this.generations[section] = this.position;
    for (const waiter of this.waiting) waiter();
  }

  remove(): void {
    this.removed = true;
    for (const waiter of this.waiting) waiter();
  }

  last(): StatusReport | undefined {
    return this.reports.at(-1);
  }

  private generation(section: SectionName): Generations[SectionName] {
    const position = this.generations[section];
    return position === undefined ? undefined : { epoch: this.epoch, position, renderer: 1 };
  }

  private news(held: Generations): SectionName[] {
    return SECTIONS.filter((section) => {
      const generation = this.generation(section);
      const own = held[section];
      return generation !== undefined && (own === undefined || compareGenerations(own, generation) !== 0);
    });
  }

  private answer(sections: readonly SectionName[]): ExpectedStateAnswer {
    const deltas = sections.map((section) => {
      const parts = this.parts[section];
      const hash = sectionHash(parts, this.sha256);
      const beside = section === 'containers' && this.stopOnly !== undefined ? { stopOnly: this.stopOnly } : {};
      return [section, { generation: this.generation(section), whole: true, gone: [], hash, parts, ...beside }];
    });
    const { serverId, subnetId, position } = this;
    const answer = {
      serverId,
      subnetId,
      position,
      head: '0',
      controlPlanes: [],
      sealed: {},
      sections: Object.fromEntries(deltas),
    };
    return structuredClone(answer) as ExpectedStateAnswer;
  }

  async poll(held: Generations, _waitSeconds: number, signal: AbortSignal): Promise<Poll> {
    this.polls.push(this.clock());
    if (!this.reachable) throw new Error('connect ECONNREFUSED');
    if (this.news(held).length === 0 && !this.removed) await this.change(signal);
    if (this.removed) return { kind: 'removed' };
    return { kind: 'answer', answer: this.answer(this.news(held)) };
  }

  /** Waits for good if nothing changes: the tests bring the change. */
  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.add(resolve);
      signal.addEventListener('abort', () => {
        this.waiting.delete(resolve);
        reject(new Error('aborted'));
      });
    });
  }

  report(report: StatusReport): Promise<Reported> {
    if (!this.reachable) return Promise.reject(new Error('connect ECONNREFUSED'));
    if (this.removed) return Promise.resolve({ kind: 'removed' });
    this.reports.push(structuredClone(report));
    const { resend } = this;
    this.resend = [];
    return Promise.resolve({ kind: 'answer', answer: { resend } });
  }

  clockOffsetMs(): number {
    return 0;
  }

  alsoAt(): void {
    return undefined;
  }
}
