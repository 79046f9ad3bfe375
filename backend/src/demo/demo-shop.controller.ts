import { Controller } from '@nestjs/common';
import { demoShopRoutes, demoShopStateSchema } from '@sagawright/shared/contracts';
import type { DemoShopState, RouteRequest } from '@sagawright/shared/contracts';
import { Contract, Input } from '../door/contract.js';
import { Refusal } from '../refusal.js';
import { DemoShop } from './demo-shop.js';

type Routes = typeof demoShopRoutes;

@Controller()
export class DemoShopController {
  constructor(private readonly shop: DemoShop) {}

  @Contract(demoShopRoutes.getDemoShop)
  async getDemoShop(@Input() { query }: RouteRequest<Routes['getDemoShop']>): Promise<DemoShopState> {
    const suffix = query.orderId === undefined ? '' : `?orderId=${encodeURIComponent(query.orderId)}`;
    return this.ask('GET', `/demo-shop${suffix}`);
  }

  @Contract(demoShopRoutes.setDemoShopBehaviour)
  async setDemoShopBehaviour(
    @Input() { params, body }: RouteRequest<Routes['setDemoShopBehaviour']>,
  ): Promise<DemoShopState> {
    return this.ask('PUT', `/demo-shop/behaviours/${params.operation}`, body);
  }

  private async ask(method: 'GET' | 'PUT', path: string, body?: object): Promise<DemoShopState> {
    if (this.shop.door === null) {
      throw new Refusal(
        'demo-shop.absent',
        'This installation has no demo shop; npm start brings one, and DEMO_SHOP_URL names one.',
      );
    }
    try {
      return demoShopStateSchema.parse(await this.shop.door(method, path, body));
    } catch (cause) {
      throw new Refusal(
        'demo-shop.unreachable',
        'The demo shop did not answer as expected; see whether its process runs.',
        {},
        { cause },
      );
    }
  }
}
