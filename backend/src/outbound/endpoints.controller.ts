import { Controller } from '@nestjs/common';
import { outboundRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { DeliveryLog } from './delivery-log.js';
import { Endpoints } from './endpoints.js';

type Routes = typeof outboundRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class EndpointsController {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly deliveries: DeliveryLog,
  ) {}

  @Contract(outboundRoutes.listEndpoints)
  async listEndpoints(@Input() _request: In<'listEndpoints'>, @From() caller: Caller): Out<'listEndpoints'> {
    return { items: await this.endpoints.list(caller) };
  }

  @Contract(outboundRoutes.createEndpoint)
  async createEndpoint(@Input() { body }: In<'createEndpoint'>, @From() caller: Caller): Out<'createEndpoint'> {
    return this.endpoints.create(caller, body);
  }

  @Contract(outboundRoutes.getEndpoint)
  async getEndpoint(@Input() { params }: In<'getEndpoint'>, @From() caller: Caller): Out<'getEndpoint'> {
    return this.endpoints.get(caller, params.id);
  }

  @Contract(outboundRoutes.changeEndpoint)
  async changeEndpoint(@Input() { params, body }: In<'changeEndpoint'>, @From() caller: Caller): Out<'changeEndpoint'> {
    return this.endpoints.change(caller, params.id, body);
  }

  @Contract(outboundRoutes.deleteEndpoint)
  async deleteEndpoint(@Input() { params }: In<'deleteEndpoint'>, @From() caller: Caller): Out<'deleteEndpoint'> {
    await this.endpoints.delete(caller, params.id);
  }

  @Contract(outboundRoutes.rotateEndpointSecret)
  async rotateEndpointSecret(
    @Input() { params, body }: In<'rotateEndpointSecret'>,
    @From() caller: Caller,
  ): Out<'rotateEndpointSecret'> {
    return this.endpoints.rotate(caller, params.id, body.overlapHours);
  }

  @Contract(outboundRoutes.pauseEndpoint)
  async pauseEndpoint(@Input() { params }: In<'pauseEndpoint'>, @From() caller: Caller): Out<'pauseEndpoint'> {
    return this.endpoints.setPaused(caller, params.id, true);
  }

  @Contract(outboundRoutes.resumeEndpoint)
  async resumeEndpoint(@Input() { params }: In<'resumeEndpoint'>, @From() caller: Caller): Out<'resumeEndpoint'> {
    return this.endpoints.setPaused(caller, params.id, false);
  }

  @Contract(outboundRoutes.enableEndpoint)
  async enableEndpoint(@Input() { params }: In<'enableEndpoint'>, @From() caller: Caller): Out<'enableEndpoint'> {
    return this.endpoints.enable(caller, params.id);
  }

  @Contract(outboundRoutes.testEndpoint)
  async testEndpoint(@Input() { params }: In<'testEndpoint'>, @From() caller: Caller): Out<'testEndpoint'> {
    return this.deliveries.test(caller, params.id);
  }

  @Contract(outboundRoutes.resendDeliveries)
  async resendDeliveries(
    @Input() { params, body }: In<'resendDeliveries'>,
    @From() caller: Caller,
  ): Out<'resendDeliveries'> {
    return { count: await this.deliveries.resendMany(caller, params.id, body) };
  }

  @Contract(outboundRoutes.listDeliveries)
  async listDeliveries(
    @Input() { params, query }: In<'listDeliveries'>,
    @From() caller: Caller,
  ): Out<'listDeliveries'> {
    return this.deliveries.list(caller, params.id, query);
  }

  @Contract(outboundRoutes.getDelivery)
  async getDelivery(@Input() { params }: In<'getDelivery'>, @From() caller: Caller): Out<'getDelivery'> {
    return this.deliveries.get(caller, params.id);
  }

  @Contract(outboundRoutes.resendDelivery)
  async resendDelivery(@Input() { params }: In<'resendDelivery'>, @From() caller: Caller): Out<'resendDelivery'> {
    return this.deliveries.resend(caller, params.id);
  }
}
