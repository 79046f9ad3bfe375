/** Where in a run something is, in words: `items[3]/try` reads "Order lines 4 › Try". */
import type { InstanceId, SagaDefinition } from '@sagawright/shared/saga';

interface InstanceParts {
  readonly step: string;
  /** '' outside containers. */
  readonly path: string;
  readonly generation: number;
}

/** The parts of an instance's id, as `instanceId` puts them together. */
export function instanceParts(id: InstanceId): InstanceParts {
  const [, step = id, path = '', generation = '1'] = /^([^@#]*)(?:@(.*?))?(?:#(\d+))?$/.exec(id) ?? [];
  return { step, path, generation: Number(generation) };
}

/** @param path as in paths.ts, '' = the run */
export function placeName(definition: SagaDefinition, path: string): string {
  return path === ''
    ? 'The run'
    : path
        .split('/')
        .map((segment) => segmentName(definition, segment))
        .join(' › ');
}

/** Items and passes are counted from 1 where people read. */
function segmentName(definition: SagaDefinition, segment: string): string {
  const [, step = segment, generation, index] = /^([^[#]*)(?:#(\d+))?(?:\[(\d+)\])?$/.exec(segment) ?? [];
  const name = definition.steps[step]?.name ?? step;
  const which = index === undefined ? '' : ` ${String(Number(index) + 1)}`;
  return `${name}${which}${generation === undefined ? '' : ` (time ${generation})`}`;
}
