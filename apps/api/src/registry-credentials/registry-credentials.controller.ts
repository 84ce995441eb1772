import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { RegistryAccess } from '@techulus/contract';
import {
  deleteRegistryCredentials,
  notFound,
  Refused,
  type Registry,
  writeRegistryCredentials,
} from '@techulus/domain';
import { type Answer, shown, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { IfMatch, Meta, requireMatch } from '../input/request.ts';
import { ReadQuery } from '../input/read-query.ts';
import { Ciphertexts, registryReference } from '../keys/ciphertexts.ts';
import { Written } from '../reading/permit.dto.ts';
import { isoTime } from '../reading/time.ts';
import { Views } from '../reading/view.ts';
import { isRegistryHost } from '../services/image-reference.ts';
import {
  RegistryCredentialsResource,
  WriteRegistryCredentialsBody,
  WrittenRegistryCredentials,
} from './registry-credentials.dto.ts';

function credentialsResource({ host, version, username, plainHttp, updatedAt }: Registry): RegistryCredentialsResource {
  return { host, version, username, plainHttp, updatedAt: isoTime(updatedAt) };
}

function accessOf(host: string, body: WriteRegistryCredentialsBody): RegistryAccess {
  if (!isRegistryHost(host))
    throw new Refused('invalid', 'host_invalid', 'host must be a registry, as host or host:port', 'host');
  const { username = null, password = null, plainHttp = false, caPem = null } = body;
  if (password !== null && username === null) {
    throw new Refused('invalid', 'field_invalid', 'username is needed with a password', 'username');
  }
  if (plainHttp && caPem !== null)
    throw new Refused('invalid', 'field_invalid', 'caPem has no meaning without TLS', 'caPem');
  return { username, password, plainHttp, caPem };
}

@ApiTags('registry credentials')
@Controller('api/v1/registry-credentials')
export class RegistryCredentialsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly ciphertexts: Ciphertexts,
  ) {}

  @Get(':host')
  @ApiOkResponse({ type: RegistryCredentialsResource })
  async get(@Param('host') host: string, @Query() _query: ReadQuery): Promise<Answer<RegistryCredentialsResource>> {
    return shown(await this.show(host));
  }

  @Put(':host')
  @ApiChange()
  @ApiOkResponse({ type: WrittenRegistryCredentials, description: 'Replaces what was written before.' })
  async write(
    @Param('host') host: string,
    @Body() body: WriteRegistryCredentialsBody,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenRegistryCredentials>> {
    const access = accessOf(host, body);
    const { username, plainHttp } = access;
    const { position } = await this.commands.execute(
      (draft) => {
        requireMatch(ifMatch, draft.cluster.registries.get(host)?.version ?? 0);
        return writeRegistryCredentials(draft, { host, plainHttp, username });
      },
      meta,
      ({ version }, rows) => this.ciphertexts.write(rows, registryReference(host, version), JSON.stringify(access)),
    );
    return written(await this.show(host), position);
  }

  @Delete(':host')
  @ApiChange()
  @ApiOkResponse({ type: Written })
  async delete(
    @Param('host') host: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<Written>> {
    const { position } = await this.commands.execute(
      (draft) => {
        const registry = draft.cluster.registries.get(host);
        if (registry !== undefined) requireMatch(ifMatch, registry.version);
        deleteRegistryCredentials(draft, { host });
        return registry?.currentVersion ?? 0;
      },
      meta,
      async (versions, rows) => {
        for (let version = 1; version <= versions; version += 1)
          await this.ciphertexts.erase(rows, registryReference(host, version));
      },
    );
    return written({}, position);
  }

  private async show(host: string): Promise<RegistryCredentialsResource> {
    const { cluster } = await this.views.now();
    const registry = cluster.registries.get(host);
    if (registry === undefined) throw notFound('registry', host);
    return credentialsResource(registry);
  }
}
