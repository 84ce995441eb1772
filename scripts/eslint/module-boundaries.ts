/**
 * Who may use whom (DESIGN.md, section 2): arrows run down the house only. A project's tag stands in its package.json.
 */
const pureLibs = ['lib:domain', 'lib:contract', 'lib:reconcile', 'lib:expected-state'];

interface Constraint {
  readonly sourceTag: string;
  readonly onlyDependOnLibsWithTags: readonly string[];
  readonly bannedExternalImports?: readonly string[];
}

export const depConstraints: readonly Constraint[] = [
  { sourceTag: 'lib:ports', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'lib:domain', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'lib:contract', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'lib:reconcile', onlyDependOnLibsWithTags: ['lib:contract'] },
  { sourceTag: 'lib:expected-state', onlyDependOnLibsWithTags: ['lib:contract', 'lib:domain'] },
  { sourceTag: 'lib:keys', onlyDependOnLibsWithTags: ['lib:ports'] },
  { sourceTag: 'lib:event-store', onlyDependOnLibsWithTags: ['lib:ports'] },
  { sourceTag: 'lib:api-client', onlyDependOnLibsWithTags: [] },
  {
    sourceTag: 'app:api',
    onlyDependOnLibsWithTags: [
      'lib:domain',
      'lib:contract',
      'lib:expected-state',
      'lib:event-store',
      'lib:keys',
      'lib:ports',
    ],
  },
  {
    sourceTag: 'app:agent',
    onlyDependOnLibsWithTags: ['lib:contract', 'lib:reconcile', 'lib:keys', 'lib:ports'],
    bannedExternalImports: ['@mikro-orm/*', 'pg', 'pg-boss'],
  },
  {
    sourceTag: 'app:console',
    onlyDependOnLibsWithTags: ['lib:api-client', 'lib:ui'],
    bannedExternalImports: ['@nestjs/*', '@mikro-orm/*'],
  },
  { sourceTag: 'lib:ui', onlyDependOnLibsWithTags: [], bannedExternalImports: ['@nestjs/*', '@angular/common/http'] },
  { sourceTag: 'lib:simulation', onlyDependOnLibsWithTags: ['app:*', 'lib:*'] },
  { sourceTag: 'bench', onlyDependOnLibsWithTags: ['app:*', 'lib:*'] },
  { sourceTag: 'tool:*', onlyDependOnLibsWithTags: ['tool:*', 'lib:api-client', 'lib:keys', 'lib:ports', ...pureLibs] },
  { sourceTag: 'e2e', onlyDependOnLibsWithTags: ['tool:*', 'lib:api-client', 'lib:keys', 'lib:ports', ...pureLibs] },
];
