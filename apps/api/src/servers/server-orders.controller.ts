import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { cordonServer, type Draft, drainServer, requireServer, uncordonServer } from '@techulus/domain';
import { type Answer, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { IfMatch, Meta, requireMatch } from '../input/request.ts';
import { RegistrationTokens } from './registration-tokens.ts';
import { ServerReader } from './server-reader.ts';
import { CreatedServer, WrittenServer } from './server-resource.dto.ts';

/** An operator's verbs on one server. */
@ApiTags('servers')
@Controller('api/v1/servers/:id')
export class ServerOrdersController {
  constructor(
    private readonly commands: Commands,
    private readonly servers: ServerReader,
    private readonly tokens: RegistrationTokens,
  ) {}

  @Post('registration-token')
  @ApiCreatedResponse({
    type: CreatedServer,
    description: 'To register a reinstalled machine in its place; earlier tokens end.',
  })
  async issueToken(@Param('id') id: string, @Meta() meta: CommandMeta): Promise<Answer<CreatedServer>> {
    const token = this.tokens.make();
    const issue = (draft: Draft) => ({
      token,
      role: requireServer(draft.cluster, id).role,
      expiresAt: this.tokens.issue(draft, id, token),
    });
    const { result, position } = await this.commands.execute(issue, meta);
    const resource = await this.servers.get(id);
    return written({ ...resource, ...this.tokens.show(result.token, result.role, result.expiresAt) }, position);
  }

  @Post('cordon')
  @HttpCode(200)
  @ApiChange()
  @ApiOkResponse({ type: WrittenServer, description: 'No new placements.' })
  cordon(
    @Param('id') id: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenServer>> {
    return this.order({ id, ifMatch, meta }, cordonServer);
  }

  @Post('uncordon')
  @HttpCode(200)
  @ApiChange()
  @ApiOkResponse({ type: WrittenServer, description: 'Takes placements again; ends a drain.' })
  uncordon(
    @Param('id') id: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenServer>> {
    return this.order({ id, ifMatch, meta }, uncordonServer);
  }

  @Post('drain')
  @HttpCode(200)
  @ApiChange()
  @ApiOkResponse({
    type: WrittenServer,
    description: 'Moves what runs there; `stays` says what does not fit elsewhere.',
  })
  drain(
    @Param('id') id: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenServer>> {
    return this.order({ id, ifMatch, meta }, drainServer);
  }

  private async order(
    { id, ifMatch, meta }: { id: string; ifMatch: string | undefined; meta: CommandMeta },
    decide: (draft: Draft, command: { id: string }) => void,
  ): Promise<Answer<WrittenServer>> {
    const { position } = await this.commands.execute((draft) => {
      requireMatch(ifMatch, requireServer(draft.cluster, id).version);
      decide(draft, { id });
    }, meta);
    return written(await this.servers.get(id), position);
  }
}
