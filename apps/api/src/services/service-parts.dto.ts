/** The parts of a service's settings, as they are sent and as they are shown. */
import { Fraction, OneOf, Text, Texts, Whole } from '../input/fields.ts';

export class ServicePort {
  @Whole({ min: 1, max: 65_535 }) port!: number;
  @OneOf(['tcp', 'udp'], { optional: true, byDefault: 'tcp' }) protocol?: 'tcp' | 'udp';
}

export class ServiceResources {
  @Whole({ min: 4, max: 16_777_216, optional: true, nullable: true, says: 'Mebibytes; null: no limit.' }) memoryMb?:
    | number
    | null;
  @Fraction({ min: 0.01, max: 4096, optional: true, nullable: true, says: 'Cores; null: no limit.' }) cpus?:
    | number
    | null;
}

export class ServiceHealthCheck {
  @OneOf(['http', 'tcp', 'command']) type!: 'http' | 'tcp' | 'command';
  @Whole({ min: 1, max: 65_535, optional: true, says: 'For http and tcp; by default the first TCP port.' })
  port?: number;
  @Text({
    max: 1024,
    pattern: /^\/[!-~]*$/,
    form: 'a path that starts with /',
    optional: true,
    says: 'For http.',
    byDefault: '/',
  })
  path?: string;
  @Texts({
    max: 4096,
    maxItems: 64,
    minItems: 1,
    optional: true,
    says: 'For command: run inside the container; 0 is healthy.',
  })
  command?: string[];
  @Whole({ min: 1, max: 3600, optional: true, byDefault: 5 }) intervalSeconds?: number;
  @Whole({ min: 1, max: 3600, optional: true, byDefault: 3 }) timeoutSeconds?: number;
  @Whole({ min: 1, max: 100, optional: true, byDefault: 3 }) retries?: number;
  @Whole({ min: 0, max: 3600, optional: true, byDefault: 0 }) startPeriodSeconds?: number;
}

const CONSTRAINT = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?\s*[!=]=\s*[A-Za-z0-9._/-]{0,63}$/;

export class ServicePlacement {
  @Texts({
    max: 140,
    maxItems: 16,
    pattern: CONSTRAINT,
    form: 'label==value or label!=value',
    optional: true,
    byDefault: [],
  })
  constraints?: string[];
  @Texts({ max: 64, maxItems: 255, optional: true, byDefault: [], says: 'Ids of the only servers to use; empty: any.' })
  servers?: string[];
}

export class ServiceStrategy {
  @OneOf(['start-first', 'stop-first'], { optional: true, byDefault: 'start-first' }) order?:
    | 'start-first'
    | 'stop-first';
  @Whole({
    min: 1,
    max: 1000,
    optional: true,
    nullable: true,
    says: 'Replicas at once; null: a third of them, at least one.',
  })
  batch?: number | null;
}
