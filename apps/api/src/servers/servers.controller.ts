import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { changeServer, createServer, type Draft, removeServer, requireServer } from '@techulus/domain';
import { type Answer, shown, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { listOf, type Page } from '../input/list.ts';
import { ListQuery, ReadQuery } from '../input/read-query.ts';
import { IfMatch, Meta, requireMatch } from '../input/request.ts';
import { ExpectedStateResource } from './expected-state.dto.ts';
import { RegistrationTokens } from './registration-tokens.ts';
import { ChangeServerBody, CreateServerBody, RemoveServerQuery } from './server-body.dto.ts';
import { ServerReader } from './server-reader.ts';
import { CreatedServer, ServerResource, WrittenServer } from './server-resource.dto.ts';

@ApiTags('servers')
@Controller('api/v1/servers')
export class ServersController {
  constructor(
    private readonly commands: Commands,
    private readonly servers: ServerReader,
    private readonly tokens: RegistrationTokens,
  ) {}

  @Post()
  @ApiCreatedResponse({ type: CreatedServer })
  async create(@Body() body: CreateServerBody, @Meta() meta: CommandMeta): Promise<Answer<CreatedServer>> {
    const { name, role, labels = {} } = body;
    const token = this.tokens.make();
    const { result, position } = await this.commands.execute((draft) => {
      const id = createServer(draft, { name, role, labels });
      return { id, token, expiresAt: this.tokens.issue(draft, id, token) };
    }, meta);
    const resource = await this.servers.get(result.id);
    return written({ ...resource, ...this.tokens.show(result.token, role, result.expiresAt) }, position);
  }

  @Get()
  @ApiOkResponse({ type: listOf(ServerResource) })
  list(@Query() query: ListQuery): Promise<Page<ServerResource>> {
    return this.servers.list(query);
  }

  @Get(':id')
  @ApiOkResponse({ type: ServerResource })
  async get(@Param('id') id: string, @Query() _query: ReadQuery): Promise<Answer<ServerResource>> {
    return shown(await this.servers.get(id));
  }

  @Patch(':id')
  @ApiChange()
  @ApiOkResponse({ type: WrittenServer })
  async change(
    @Param('id') id: string,
    @Body() body: ChangeServerBody,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenServer>> {
    const { name, labels } = body;
    const asked = { id, ...(name === undefined ? {} : { name }), ...(labels === undefined ? {} : { labels }) };
    return this.order({ id, ifMatch, meta }, (draft) => changeServer(draft, asked));
  }

  @Delete(':id')
  @HttpCode(202)
  @ApiChange()
  @ApiAcceptedResponse({ type: WrittenServer, description: 'Drained, then removed; `status` becomes `removed`.' })
  async remove(
    @Param('id') id: string,
    @Query() query: RemoveServerQuery,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenServer>> {
    return this.order({ id, ifMatch, meta }, (draft) => removeServer(draft, { id, force: query.force === 'true' }));
  }

  @Get(':id/expected-state')
  @ApiOkResponse({ type: ExpectedStateResource })
  expectedState(@Param('id') id: string, @Query() _query: ReadQuery): Promise<ExpectedStateResource> {
    return this.servers.expectedState(id);
  }

  private async order(
    { id, ifMatch, meta }: { id: string; ifMatch: string | undefined; meta: CommandMeta },
    decide: (draft: Draft) => void,
  ): Promise<Answer<WrittenServer>> {
    const { position } = await this.commands.execute((draft) => {
      requireMatch(ifMatch, requireServer(draft.cluster, id).version);
      decide(draft);
    }, meta);
    return written(await this.servers.get(id), position);
  }
}
