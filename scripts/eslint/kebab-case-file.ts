import { basename } from 'node:path';
import type { Rule } from 'eslint';

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$/;

/** `rollout-plan.spec.ts`, never `rolloutPlan.spec.ts`. */
export const kebabCaseFile: Rule.RuleModule = {
  meta: { type: 'suggestion', schema: [] },
  create(context) {
    return {
      Program(node): void {
        const name = basename(context.filename);
        if (!kebabCase.test(name)) context.report({ node, message: `Name the file in kebab-case: ${name}` });
      },
    };
  },
};
