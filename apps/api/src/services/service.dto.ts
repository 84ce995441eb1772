import { DNS_LABEL, ENVIRONMENT_NAME } from '@techulus/contract';
import { Part, Parts, Text, TextMap, Texts, Whole, WholeInQuery } from '../input/fields.ts';
import type { FieldOptions } from '../input/field-options.ts';
import { LIMIT, ListQuery, ReadQuery } from '../input/read-query.ts';
import {
  ServiceHealthCheck,
  ServicePlacement,
  ServicePort,
  ServiceResources,
  ServiceStrategy,
} from './service-parts.dto.ts';

const NAME = { max: 63, pattern: DNS_LABEL, form: 'a DNS label: lower-case letters, digits and hyphens, at most 63' };
const ENV = { key: ENVIRONMENT_NAME, keyForm: 'the name of an environment variable', maxKeys: 500 };
export const SECRET_NAME = {
  max: 128,
  pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  form: 'letters and digits, with . _ or - between them',
};

const optional = { optional: true };

/** What is inside a container: a change of any of these makes a revision. */
class Inside {
  @Texts({ max: 4096, maxItems: 256, minItems: 1, ...optional, nullable: true, says: "Null: the image's own." })
  command?: string[] | null;
  @TextMap({ ...ENV, value: { max: 131_072 }, ...optional, byDefault: {} }) env?: Record<string, string>;
  @TextMap({ ...ENV, value: SECRET_NAME, ...optional, byDefault: {}, says: 'Environment variable → name of a secret.' })
  secrets?: Record<string, string>;
  @Parts(() => ServicePort, { maxItems: 64, ...optional, byDefault: [] }) ports?: ServicePort[];
  @Part(() => ServiceResources, optional) resources?: ServiceResources;
  @Part(() => ServiceHealthCheck, {
    ...optional,
    nullable: true,
    says: 'Null: TCP on the first port, else alive for 5 s.',
  })
  healthCheck?: ServiceHealthCheck | null;
  @Whole({ min: 0, max: 3600, ...optional, byDefault: 10, says: 'From SIGTERM to SIGKILL.' })
  stopTimeoutSeconds?: number;
}

/** What belongs to the service, not to the revision: a change touches nothing that stands. */
class InsideAndSettings extends Inside {
  @Part(() => ServicePlacement, optional) placement?: ServicePlacement;
  @Part(() => ServiceStrategy, optional) strategy?: ServiceStrategy;
  @Whole({ min: 0, max: 3600, ...optional, byDefault: 10 }) drainSeconds?: number;
}

const image: FieldOptions & { min: number; max: number } = {
  min: 1,
  max: 512,
  says: 'A reference; `latest` and docker.io by default.',
};
const replicas = { min: 0, max: 100_000 };

export class CreateServiceBody extends InsideAndSettings {
  @Text({ max: 64, says: 'Id of a project.' }) projectId!: string;
  @Text({ ...NAME, says: 'Unique in the cluster; answered as NAME.internal.' }) name!: string;
  @Text(image) image!: string;
  @Whole({ ...replicas, ...optional, byDefault: 1 }) replicas?: number;
}

export class ChangeServiceBody extends InsideAndSettings {
  @Text({ ...image, ...optional }) image?: string;
  @Whole({ ...replicas, ...optional }) replicas?: number;
}

export class ServiceQuery extends ListQuery {
  @Text({ max: 64, optional: true, says: 'Id of a project.' }) project?: string;
}

export class RevisionsQuery extends ReadQuery {
  @WholeInQuery({ min: 1, max: 1_000_000_000, says: '`next` of the page before.' }) cursor?: number;
  @WholeInQuery(LIMIT) limit?: number;
}
