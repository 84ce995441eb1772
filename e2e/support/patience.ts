import { jest } from '@jest/globals';

/** Real nodes pull, boot and drain; a project of its own has no such setting in Jest's configuration. */
jest.setTimeout(150_000);
