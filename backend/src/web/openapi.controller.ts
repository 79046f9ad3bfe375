import { Controller, Get } from '@nestjs/common';
import { API_PREFIX, openApiDocument } from '@sagawright/shared/contracts';
import type { JsonObject } from '@sagawright/shared/kernel';
import { OpenToAll } from '../door/contract.js';
import { VERSION } from '../version.js';

@Controller()
export class OpenApiController {
  /** Made when it is first asked for: that takes a second of a start, and few starts are asked. */
  private document: JsonObject | null = null;

  @Get(`${API_PREFIX}/openapi.json`)
  @OpenToAll()
  openApi(): JsonObject {
    return (this.document ??= openApiDocument(VERSION));
  }
}
