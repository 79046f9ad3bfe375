import { Controller, Get } from '@nestjs/common';
import { API_PREFIX, openApiDocument } from '@sagawright/shared/contracts';
import type { JsonObject } from '@sagawright/shared/kernel';
import { OpenToAll } from '../door/contract.js';
import { VERSION } from '../version.js';

@Controller()
export class OpenApiController {
  private readonly document = openApiDocument(VERSION);

  @Get(`${API_PREFIX}/openapi.json`)
  @OpenToAll()
  openApi(): JsonObject {
    return this.document;
  }
}
