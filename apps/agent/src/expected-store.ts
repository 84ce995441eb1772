/**
 * The expected state as this server accepted it, on disk before it counts, so that a start without a control plane still
 * repairs. It is kept as the whole answer it amounts to: loading proves its hashes again.
 */
import {
  type DeploymentPart,
  type ExpectedStateAnswer,
  type Generations,
  SECTIONS,
  type SectionName,
  sectionHash,
} from '@techulus/contract';
import { type Acceptance, acceptDelta, type ExpectedState } from '@techulus/reconcile';
import type { Store } from './ports.ts';

export interface StoredExpectedState {
  readonly schema: 1;
  readonly answer: ExpectedStateAnswer;
}

/** The names under which the values of a deployment are sealed. */
export function sealedNames(part: DeploymentPart): string[] {
  const secrets = part.secrets.map(({ id, version }) => `secret/${id}@${version}`);
  return part.registry === null || part.registry === undefined
    ? secrets
    : [...secrets, `registry/${part.registry.host}@${part.registry.version}`];
}

export class ExpectedStore {
  private expected: ExpectedState | null = null;
  private sealedValues: Readonly<Record<string, string>> = {};
  private readonly askWholeOf = new Set<SectionName>();
  private readonly serverId: string;
  private readonly sha256: (text: string) => string;
  private readonly file: Store<StoredExpectedState>;

  constructor(serverId: string, sha256: (text: string) => string, file: Store<StoredExpectedState>) {
    this.serverId = serverId;
    this.sha256 = sha256;
    this.file = file;
  }

  /** What was accepted last, if it is still what it claims to be. */
  async load(): Promise<Acceptance | null> {
    const stored = await this.file.load();
    if (stored === null) return null;
    const acceptance = acceptDelta(this.serverId, null, stored.answer, this.sha256);
    if (acceptance.outcome === 'accepted') {
      this.expected = acceptance.expected;
      this.sealedValues = stored.answer.sealed;
    }
    return acceptance;
  }

  current(): ExpectedState | null {
    return this.expected;
  }

  sealed(name: string): string | undefined {
    return this.sealedValues[name];
  }

  /** What the next poll names as held. */
  held(): Generations {
    const held: { -readonly [K in SectionName]?: Generations[K] } = {};
    for (const name of SECTIONS) {
      const generation = this.expected?.[name]?.generation;
      if (generation !== undefined && !this.askWholeOf.has(name)) held[name] = generation;
    }
    return held;
  }

  askWhole(sections: readonly SectionName[]): void {
    for (const section of sections) this.askWholeOf.add(section);
  }

  async accept(answer: ExpectedStateAnswer): Promise<Acceptance> {
    const acceptance = acceptDelta(this.serverId, this.expected, answer, this.sha256);
    if (acceptance.outcome === 'refused') {
      if (acceptance.code === 'hash_mismatch' && acceptance.section !== null) this.askWhole([acceptance.section]);
      return acceptance;
    }
    const needed = new Set((acceptance.expected.containers?.parts ?? []).flatMap(sealedNames));
    const all = { ...this.sealedValues, ...answer.sealed };
    const sealed = Object.fromEntries(Object.entries(all).filter(([name]) => needed.has(name)));
    await this.file.save({ schema: 1, answer: asAnswer(acceptance.expected, answer, sealed) });
    this.expected = acceptance.expected;
    this.sealedValues = sealed;
    for (const name of acceptance.changed) this.askWholeOf.delete(name);
    return acceptance;
  }

  /** This server was removed: nothing runs and nothing is named any more; the mesh is left by other means. */
  async expectNothing(): Promise<void> {
    const { serverId } = this;
    const subnetId = this.expected?.subnetId ?? 1;
    const generation = { epoch: 0, position: 0, renderer: 0 };
    const nothing = { generation, hash: sectionHash([], this.sha256), parts: [] };
    this.expected = { serverId, subnetId, containers: nothing, dns: nothing, traefik: nothing };
    this.sealedValues = {};
    await this.file.save({
      schema: 1,
      answer: asAnswer(this.expected, { position: 0, head: '', controlPlanes: [] }, {}),
    });
  }
}

function asAnswer(
  expected: ExpectedState,
  answer: Pick<ExpectedStateAnswer, 'position' | 'head' | 'controlPlanes'>,
  sealed: Record<string, string>,
): ExpectedStateAnswer {
  const { serverId, subnetId } = expected;
  const whole = SECTIONS.flatMap((name) => {
    const section = expected[name];
    return section === undefined ? [] : [[name, { ...section, whole: true, gone: [] }]];
  });
  const { position, head, controlPlanes } = answer;
  return { serverId, subnetId, position, head, controlPlanes, sections: Object.fromEntries(whole), sealed };
}
