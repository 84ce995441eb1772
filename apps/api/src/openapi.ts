/** Prints openapi.json from the controllers' own declarations, without a database: in preview nothing is instantiated. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.ts';
import { openApiDocument } from './openapi-document.ts';
import type { Platform } from './platform.ts';

/** The parts are named for injection, and never asked for. */
const noParts = {} as Platform;

const app = await NestFactory.create(AppModule.of(noParts), { logger: false, preview: true, abortOnError: false });
const text = JSON.stringify(openApiDocument(app), undefined, 2);
process.stdout.write(text, () => process.exit(0));
