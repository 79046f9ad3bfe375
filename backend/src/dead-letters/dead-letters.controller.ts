import { Controller } from '@nestjs/common';
import { deadLetterRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { DeadLetters } from './dead-letters.js';
import { Redrive } from './redrive.js';

type Routes = typeof deadLetterRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly redrive: Redrive,
  ) {}

  @Contract(deadLetterRoutes.listDeadLetters)
  async listDeadLetters(@Input() { query }: In<'listDeadLetters'>, @From() caller: Caller): Out<'listDeadLetters'> {
    return this.letters.list(caller, query);
  }

  @Contract(deadLetterRoutes.countDeadLetters)
  async countDeadLetters(@Input() _input: In<'countDeadLetters'>, @From() caller: Caller): Out<'countDeadLetters'> {
    return this.letters.counts(caller);
  }

  @Contract(deadLetterRoutes.getDeadLetterSettings)
  async getDeadLetterSettings(
    @Input() _input: In<'getDeadLetterSettings'>,
    @From() caller: Caller,
  ): Out<'getDeadLetterSettings'> {
    return this.letters.settings(caller);
  }

  @Contract(deadLetterRoutes.setDeadLetterSettings)
  async setDeadLetterSettings(
    @Input() { body }: In<'setDeadLetterSettings'>,
    @From() caller: Caller,
  ): Out<'setDeadLetterSettings'> {
    return this.letters.changeSettings(caller, body);
  }

  @Contract(deadLetterRoutes.getDeadLetter)
  async getDeadLetter(@Input() { params }: In<'getDeadLetter'>, @From() caller: Caller): Out<'getDeadLetter'> {
    return this.letters.get(caller, params.id);
  }

  @Contract(deadLetterRoutes.redriveDeadLetter)
  async redriveDeadLetter(
    @Input() { params, body }: In<'redriveDeadLetter'>,
    @From() caller: Caller,
  ): Out<'redriveDeadLetter'> {
    await this.redrive.one(caller, params.id, body.note);
    return this.letters.letter(caller, params.id);
  }

  @Contract(deadLetterRoutes.editDeadLetter)
  async editDeadLetter(@Input() { params, body }: In<'editDeadLetter'>, @From() caller: Caller): Out<'editDeadLetter'> {
    await this.redrive.edited(caller, params.id, body);
    return this.letters.letter(caller, params.id);
  }

  @Contract(deadLetterRoutes.discardDeadLetter)
  async discardDeadLetter(
    @Input() { params, body }: In<'discardDeadLetter'>,
    @From() caller: Caller,
  ): Out<'discardDeadLetter'> {
    await this.letters.discard(caller, params.id, body.note);
    return this.letters.letter(caller, params.id);
  }

  @Contract(deadLetterRoutes.redriveDeadLetters)
  async redriveDeadLetters(
    @Input() { body }: In<'redriveDeadLetters'>,
    @From() caller: Caller,
  ): Out<'redriveDeadLetters'> {
    return this.redrive.many(caller, body);
  }
}
