import { Controller } from '@nestjs/common';
import { taskRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { Tasks } from './tasks.js';

type Routes = typeof taskRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class TasksController {
  constructor(private readonly tasks: Tasks) {}

  @Contract(taskRoutes.listTasks)
  async listTasks(@Input() { query }: In<'listTasks'>, @From() caller: Caller): Out<'listTasks'> {
    return this.tasks.list(caller, query);
  }

  @Contract(taskRoutes.getTask)
  async getTask(@Input() { params }: In<'getTask'>, @From() caller: Caller): Out<'getTask'> {
    return this.tasks.get(caller, params.id);
  }

  @Contract(taskRoutes.completeTask)
  async completeTask(@Input() { params, body }: In<'completeTask'>, @From() caller: Caller): Out<'completeTask'> {
    return this.tasks.complete(caller, params.id, body);
  }

  @Contract(taskRoutes.reassignTask)
  async reassignTask(@Input() { params, body }: In<'reassignTask'>, @From() caller: Caller): Out<'reassignTask'> {
    return this.tasks.reassign(caller, params.id, body.assignees, body.reason);
  }
}
