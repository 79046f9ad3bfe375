import { Controller, Get } from '@nestjs/common';
import { OpenToAll } from '../door/contract.js';
import { Refusal } from '../refusal.js';
import { Readiness } from './readiness.js';

@Controller('/health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process runs. Never depends on anything else: a restart would not help. */
  @Get('/live')
  @OpenToAll()
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Requests may be sent here. */
  @Get('/ready')
  @OpenToAll()
  async ready(): Promise<{ status: 'ok' }> {
    const reason = await this.readiness.notReadyBecause();
    if (reason !== null) throw new Refusal('service.not-ready', reason, { retryAfterSeconds: 1 });
    return { status: 'ok' };
  }
}
