import {
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

/** A task that runs until it is told to stop. */
export type Task = (signal: AbortSignal) => Promise<void>;

@Injectable()
export class AgentLifetime implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stop = new AbortController();
  private readonly task: Task;
  private readonly failed: (error: unknown) => void;
  private running: Promise<void> = Promise.resolve();

  constructor(task: Task, failed: (error: unknown) => void) {
    this.task = task;
    this.failed = failed;
  }

  onApplicationBootstrap(): void {
    this.running = this.task(this.stop.signal).catch(this.failed);
  }

  /** What runs on this server goes on running. */
  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }
}

@Module({})
export class AgentModule {
  static forTask(task: Task, failed: (error: unknown) => void): DynamicModule {
    const provider = { provide: AgentLifetime, useFactory: () => new AgentLifetime(task, failed) };
    return { module: AgentModule, providers: [provider] };
  }
}
