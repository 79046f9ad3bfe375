import { describe, expect, it } from '@jest/globals';
import { routes } from '@sagawright/shared/contracts';
import type { Route } from '@sagawright/shared/contracts';
import { CONTROLLERS } from './app.js';
import { contractOf, isOpenToAll } from './door/contract.js';

const handlers = CONTROLLERS.flatMap((controller) =>
  Object.getOwnPropertyNames(controller.prototype)
    .filter((name) => name !== 'constructor')
    .map((name) => Reflect.get(controller.prototype, name) as object),
);

describe('the route table', () => {
  it.each(Object.entries(routes as Record<string, Route>))('has exactly one handler for %s', (_name, route) => {
    expect(handlers.filter((handler) => contractOf(handler) === route)).toHaveLength(1);
  });

  it('names every handler that is not open to all on purpose', () => {
    const open = handlers.filter(isOpenToAll).map((handler) => (handler as { name: string }).name);
    expect(open.sort()).toEqual(['deliver', 'handshake', 'live', 'metrics', 'openApi', 'ready']);
  });
});
