import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { MikroORM } from '@mikro-orm/postgresql';
import { createProject, deleteProject, renameProject, requireProject } from '@techulus/domain';
import { type Answer, shown, written } from '../answers/answer.ts';
import { ApiChange } from '../answers/api-change.ts';
import { Commands } from '../commands/execute.ts';
import type { CommandMeta } from '../commands/once.ts';
import { listOf, type Page, pageWindow } from '../input/list.ts';
import { ListQuery, ReadQuery } from '../input/read-query.ts';
import { IfMatch, Meta, requireMatch } from '../input/request.ts';
import { Written } from '../reading/permit.dto.ts';
import { Views } from '../reading/view.ts';
import { ChangeProject, CreateProject, ProjectResource, WrittenProject } from './project.dto.ts';
import { projectResource } from './project-resource.ts';
import { ProjectRow } from './project.row.ts';

@ApiTags('projects')
@Controller('api/v1/projects')
export class ProjectsController {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly orm: MikroORM,
  ) {}

  @Post()
  @ApiCreatedResponse({ type: WrittenProject })
  async create(@Body() body: CreateProject, @Meta() meta: CommandMeta): Promise<Answer<WrittenProject>> {
    const { result: id, position } = await this.commands.execute(
      (draft) => createProject(draft, { name: body.name }),
      meta,
    );
    return written(await this.show(id), position);
  }

  @Get()
  @ApiOkResponse({ type: listOf(ProjectResource) })
  async list(@Query() query: ListQuery): Promise<Page<ProjectResource>> {
    const { where, options, page } = pageWindow(query, 'oldest first');
    const rows = await this.orm.em.fork().find(ProjectRow, { ...where, deleted: false }, options);
    const view = await this.views.now();
    return page(rows, ({ id }) => {
      const project = view.cluster.projects.get(id);
      return project && projectResource(view, project);
    });
  }

  @Get(':id')
  @ApiOkResponse({ type: ProjectResource })
  async get(@Param('id') id: string, @Query() _query: ReadQuery): Promise<Answer<ProjectResource>> {
    return shown(await this.show(id));
  }

  @Patch(':id')
  @ApiChange()
  @ApiOkResponse({ type: WrittenProject })
  async change(
    @Param('id') id: string,
    @Body() body: ChangeProject,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<WrittenProject>> {
    const { position } = await this.commands.execute((draft) => {
      const project = requireProject(draft.cluster, id);
      requireMatch(ifMatch, project.version);
      if (body.name !== undefined) renameProject(draft, { id, name: body.name });
    }, meta);
    return written(await this.show(id), position);
  }

  @Delete(':id')
  @ApiChange()
  @ApiOkResponse({ type: Written })
  async delete(
    @Param('id') id: string,
    @IfMatch() ifMatch: string | undefined,
    @Meta() meta: CommandMeta,
  ): Promise<Answer<Written>> {
    const { position } = await this.commands.execute((draft) => {
      requireMatch(ifMatch, requireProject(draft.cluster, id).version);
      deleteProject(draft, { id });
    }, meta);
    return written({}, position);
  }

  private async show(id: string): Promise<ProjectResource> {
    const view = await this.views.now();
    return projectResource(view, requireProject(view.cluster, id));
  }
}
