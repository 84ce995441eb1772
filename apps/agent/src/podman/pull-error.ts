import type { FailureReason } from '@techulus/contract';

/**
 * What the registry's words mean. Only the first two are final for a deployment: anything else may be over in a moment.
 * "denied" comes for repositories that do not exist as well, where a registry hides them.
 */
const MEANINGS: readonly (readonly [RegExp, FailureReason])[] = [
  [/manifest unknown|name unknown|repository name not known|not found: manifest|no such image/i, 'image_not_found'],
  [
    /unauthorized|authentication required|access to the resource is denied|invalid username\/password|denied:/i,
    'registry_unauthorized',
  ],
];

export function classifyPullError(message: string): FailureReason {
  return MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? 'pull_failed';
}
