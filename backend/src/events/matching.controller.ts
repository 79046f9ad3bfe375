import { Controller } from '@nestjs/common';
import { matchingRoutes } from '@sagawright/shared/contracts';
import type { MatchExplanation, RouteRequest } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { MatchExplainer } from './match-explainer.js';

@Controller()
export class MatchingController {
  constructor(private readonly explainer: MatchExplainer) {}

  @Contract(matchingRoutes.explainMatch)
  async explainMatch(
    @Input() { params, body }: RouteRequest<(typeof matchingRoutes)['explainMatch']>,
    @From() caller: Caller,
  ): Promise<MatchExplanation> {
    return this.explainer.explain(caller, params.position, body);
  }
}
