import { Controller } from '@nestjs/common';
import { workspaceRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, Workspace } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { Pauses } from './pauses.js';

type In<K extends keyof typeof workspaceRoutes> = RouteRequest<(typeof workspaceRoutes)[K]>;

@Controller()
export class WorkspaceController {
  constructor(private readonly pauses: Pauses) {}

  @Contract(workspaceRoutes.getWorkspace)
  async getWorkspace(@Input() _input: In<'getWorkspace'>, @From() caller: Caller): Promise<Workspace> {
    return this.pauses.workspace(caller);
  }

  @Contract(workspaceRoutes.pauseWorkspace)
  async pauseWorkspace(@Input() _input: In<'pauseWorkspace'>, @From() caller: Caller): Promise<Workspace> {
    return this.pauses.pauseWorkspace(caller);
  }

  @Contract(workspaceRoutes.resumeWorkspace)
  async resumeWorkspace(@Input() _input: In<'resumeWorkspace'>, @From() caller: Caller): Promise<Workspace> {
    return this.pauses.resumeWorkspace(caller);
  }
}
