/**
 * How an answer of the control plane becomes the expected state, proven by generation and hash. A section that is older
 * than what is held is left alone, and the others are taken: one must not block the rest.
 */
import {
  compareGenerations,
  type ExpectedStateAnswer,
  type PartsBySection,
  SECTIONS,
  type SectionDelta,
  type SectionName,
  sectionHash,
} from '@techulus/contract';
import type { ExpectedSection, ExpectedState } from './expected.ts';

export type Acceptance =
  | { readonly outcome: 'accepted'; readonly expected: ExpectedState; readonly changed: readonly SectionName[] }
  | {
      readonly outcome: 'refused';
      /** `hash_mismatch`: ask for the whole of the section. */
      readonly code: 'older_generation' | 'hash_mismatch' | 'wrong_server';
      readonly section: SectionName | null;
      readonly message: string;
    };

type Refusal = Extract<Acceptance, { outcome: 'refused' }>;

function refuse(code: Refusal['code'], section: SectionName | null, message: string): Refusal {
  return { outcome: 'refused', code, section, message };
}

type Delta<P> = SectionDelta & { readonly parts: readonly P[] };

/** The parts held with the change applied, in the order of their keys. */
function merged<P extends { key: string }>(held: readonly P[], delta: Delta<P>): P[] {
  const parts = new Map(delta.whole ? [] : held.map((part) => [part.key, part]));
  for (const key of delta.gone) parts.delete(key);
  for (const part of delta.parts) parts.set(part.key, part);
  return [...parts.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function acceptSection<P extends { key: string }>(
  name: SectionName,
  held: ExpectedSection<P> | undefined,
  delta: Delta<P>,
  sha256: (text: string) => string,
): ExpectedSection<P> | Refusal {
  if (held !== undefined && compareGenerations(delta.generation, held.generation) < 0) {
    const message = `${name}: position ${delta.generation.position} is older than ${held.generation.position}`;
    return refuse('older_generation', name, message);
  }
  const parts = merged(held?.parts ?? [], delta);
  if (sectionHash(parts, sha256) !== delta.hash) {
    return refuse('hash_mismatch', name, `${name}: the change does not lead to what it promises`);
  }
  return { generation: delta.generation, hash: delta.hash, parts };
}

/** What is said beside the parts, and is not covered by their hash. */
function beside(delta: SectionDelta & { readonly stopOnly?: readonly string[] }): { stopOnly?: readonly string[] } {
  return delta.stopOnly === undefined ? {} : { stopOnly: delta.stopOnly };
}

/** `serverId` is this server's own; `expected` is what it held so far, null at first. */
export function acceptDelta(
  serverId: string,
  expected: ExpectedState | null,
  answer: ExpectedStateAnswer,
  sha256: (text: string) => string,
): Acceptance {
  if (answer.serverId !== serverId) return refuse('wrong_server', null, `the answer is for server ${answer.serverId}`);
  const next: { -readonly [K in SectionName]?: ExpectedSection<PartsBySection[K]> } = {};
  const take = <K extends SectionName>(name: K): Refusal | null => {
    const delta = answer.sections[name] as Delta<PartsBySection[K]> | undefined;
    if (delta === undefined) return null;
    const held = expected?.[name] as ExpectedSection<PartsBySection[K]> | undefined;
    const section = acceptSection(name, held, delta, sha256);
    if ('outcome' in section) return section;
    (next as Record<K, ExpectedSection<PartsBySection[K]>>)[name] = { ...section, ...beside(delta) };
    return null;
  };
  const refusals = SECTIONS.flatMap((name) => take(name) ?? []);
  const worst = refusals.find(({ code }) => code !== 'older_generation') ?? refusals[0];
  const takesSome = Object.keys(next).length > 0;
  if (worst !== undefined && (worst.code !== 'older_generation' || !takesSome)) return worst;
  const { subnetId } = answer;
  return {
    outcome: 'accepted',
    expected: { ...expected, serverId, subnetId, ...next },
    changed: SECTIONS.filter((name) => name in next),
  };
}
