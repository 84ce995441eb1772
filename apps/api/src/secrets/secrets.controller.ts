import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { deleteSecret, notFound, Refused, type Secret, secretNamed, secretUsers, writeSecret } from '@techulus/domain';
import { type Answer, shown, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { IfMatch, Meta, requireMatch } from '../input/request.ts';
import { ReadQuery } from '../input/read-query.ts';
import { Ciphertexts, secretReference } from '../keys/ciphertexts.ts';
import { Written } from '../reading/permit.dto.ts';
import { isoTime } from '../reading/time.ts';
import { type View, Views } from '../reading/view.ts';
import { SECRET_NAME } from '../services/service.dto.ts';
import { SecretResource, WriteSecretBody, WrittenSecret } from './secret.dto.ts';

function secretResource({ cluster }: View, secret: Secret): SecretResource {
  const { id, name, version, currentVersion, updatedAt } = secret;
  return { name, version, currentVersion, updatedAt: isoTime(updatedAt), usedBy: secretUsers(cluster, id) };
}

function refuseName(name: string): void {
  if (name.length <= SECRET_NAME.max && SECRET_NAME.pattern.test(name)) return;
  throw new Refused(
    'invalid',
    'name_invalid',
    `a secret's name must be ${SECRET_NAME.form}, at most ${SECRET_NAME.max}`,
    'name',
  );
}

@ApiTags('secrets')
@Controller('api/v1/secrets')
export class SecretsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly ciphertexts: Ciphertexts,
  ) {}

  @Get(':name')
  @ApiOkResponse({ type: SecretResource })
  async get(@Param('name') name: string, @Query() _query: ReadQuery): Promise<Answer<SecretResource>> {
    return shown(await this.show(name));
  }

  @Put(':name')
  @ApiChange()
  @ApiOkResponse({ type: WrittenSecret, description: 'A new version; services take it with their next revision.' })
  async write(
    @Param('name') name: string,
    @Body() body: WriteSecretBody,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenSecret>> {
    refuseName(name);
    const { position } = await this.commands.execute(
      (draft) => {
        requireMatch(ifMatch, secretNamed(draft.cluster, name)?.version ?? 0);
        return writeSecret(draft, { name });
      },
      meta,
      ({ id, version }, rows) => this.ciphertexts.write(rows, secretReference(id, version), body.value),
    );
    return written(await this.show(name), position);
  }

  @Delete(':name')
  @ApiChange()
  @ApiOkResponse({ type: Written })
  async delete(
    @Param('name') name: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<Written>> {
    const { position } = await this.commands.execute(
      (draft) => {
        const secret = secretNamed(draft.cluster, name);
        if (secret !== undefined) requireMatch(ifMatch, secret.version);
        return { id: deleteSecret(draft, { name }), versions: secret?.currentVersion ?? 0 };
      },
      meta,
      async ({ id, versions }, rows) => {
        for (let version = 1; version <= versions; version += 1)
          await this.ciphertexts.erase(rows, secretReference(id, version));
      },
    );
    return written({}, position);
  }

  private async show(name: string): Promise<SecretResource> {
    const view = await this.views.now();
    const secret = secretNamed(view.cluster, name);
    if (secret === undefined) throw notFound('secret', name);
    return secretResource(view, secret);
  }
}
