import type { AppliedSection, ExpectedSection, Observed } from '@techulus/reconcile';
import type { RoutePart } from '@techulus/contract';

/**
 * Public routes come with a later release. Until then the section is held honestly: one without routes is in effect as soon as
 * it is known, and nothing names any container.
 */
export function observeTraefik(expected: ExpectedSection<RoutePart> | undefined): Observed<AppliedSection> {
  const inEffect = expected !== undefined && expected.parts.length === 0;
  const { generation, hash } = inEffect ? expected : { generation: null, hash: null };
  return { observed: true, value: { generation, hash, addresses: [] } };
}
