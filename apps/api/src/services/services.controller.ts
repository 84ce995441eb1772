import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type Answer, shown, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import type { CommandMeta } from '../commands/once.ts';
import { listOf, type Page } from '../input/list.ts';
import { ReadQuery } from '../input/read-query.ts';
import { IfMatch, Meta } from '../input/request.ts';
import { ServiceCommands } from './service-commands.ts';
import { ServiceReader } from './service-reader.ts';
import { RevisionResource, ServiceResource, WrittenService } from './service-resource.dto.ts';
import { ChangeServiceBody, CreateServiceBody, RevisionsQuery, ServiceQuery } from './service.dto.ts';

@ApiTags('services')
@Controller('api/v1/services')
export class ServicesController {
  constructor(
    private readonly commands: ServiceCommands,
    private readonly services: ServiceReader,
  ) {}

  @Post()
  @ApiCreatedResponse({ type: WrittenService, description: 'Revision 1; nothing is started.' })
  async create(@Body() body: CreateServiceBody, @Meta() meta: CommandMeta): Promise<Answer<WrittenService>> {
    const { result: id, position } = await this.commands.create(body, meta);
    return written(await this.services.get(id), position);
  }

  @Get()
  @ApiOkResponse({ type: listOf(ServiceResource) })
  list(@Query() query: ServiceQuery): Promise<Page<ServiceResource>> {
    return this.services.list(query);
  }

  @Get(':id')
  @ApiOkResponse({ type: ServiceResource })
  async get(@Param('id') id: string, @Query() _query: ReadQuery): Promise<Answer<ServiceResource>> {
    return shown(await this.services.get(id));
  }

  @Patch(':id')
  @ApiChange()
  @ApiOkResponse({
    type: WrittenService,
    description: 'A change of what is inside makes a revision and starts nothing.',
  })
  async change(
    @Param('id') id: string,
    @Body() body: ChangeServiceBody,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenService>> {
    const { position } = await this.commands.change(id, body, ifMatch, meta);
    return written(await this.services.get(id), position);
  }

  @Delete(':id')
  @HttpCode(202)
  @ApiChange()
  @ApiAcceptedResponse({
    type: WrittenService,
    description: 'It is gone (404) when the removal of its replicas was seen.',
  })
  async delete(
    @Param('id') id: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenService>> {
    const { result, position } = await this.commands.delete(id, ifMatch, meta);
    return written(await this.services.asItWas(result), position);
  }

  @Get(':id/revisions')
  @ApiOkResponse({ type: listOf(RevisionResource) })
  revisions(@Param('id') id: string, @Query() query: RevisionsQuery): Promise<Page<RevisionResource>> {
    return this.services.revisions(id, query);
  }
}
