/** The rules of a type of event in words. */
import type { SchemaSubjectView } from '@sagawright/shared/contracts';

type Rules = Pick<SchemaSubjectView, 'compatibility' | 'policy' | 'accepts'>;

interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly description: string;
}

export const COMPATIBILITY: readonly Choice<Rules['compatibility']>[] = [
  { value: 'NONE', label: 'Anything', description: 'Versions are not compared.' },
  { value: 'BACKWARD', label: 'Reads what came before', description: 'Events of the version before fit the new one.' },
  {
    value: 'BACKWARD_TRANSITIVE',
    label: 'Reads all that came before',
    description: 'Events of every earlier version fit the new one.',
  },
  { value: 'FORWARD', label: 'Is read by the one before', description: 'New events fit the version before.' },
  {
    value: 'FORWARD_TRANSITIVE',
    label: 'Is read by all before',
    description: 'New events fit every earlier version.',
  },
  { value: 'FULL', label: 'Both ways', description: 'With the version before.' },
  { value: 'FULL_TRANSITIVE', label: 'Both ways, with all', description: 'With every earlier version.' },
];

export const POLICY: readonly Choice<Rules['policy']>[] = [
  { value: 'off', label: 'Are not looked at', description: 'No event is checked.' },
  { value: 'warn', label: 'Go on, with a mark', description: 'The stored event says what does not fit.' },
  { value: 'reject', label: 'Are put aside', description: 'They become dead letters and start nothing.' },
];

export const ACCEPTS: readonly Choice<Rules['accepts']>[] = [
  { value: 'any', label: 'Of every version', description: 'Older senders go on as they are.' },
  { value: 'latest', label: 'Of the newest version only', description: 'Older ones do not fit any more.' },
];

/** `Misfits are put aside`. */
export function policyOf({ policy }: Pick<Rules, 'policy'>): string {
  return { off: 'Not checked', warn: 'Misfits are marked', reject: 'Misfits are put aside' }[policy];
}
