import { OctagonAlert } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { IncidentState, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { Button, Time } from '../ui/index.js';
import { instanceName, undoName } from './attempts.js';
import { ResolveDialog } from './ResolveDialog.js';

export interface IncidentsProps {
  readonly runId: string;
  readonly definition: SagaDefinition;
  readonly state: RunState;
  readonly onSelect: (instance: string) => void;
}

/** What only a person can decide, at the top of the page with everything needed to decide (S21). */
export function Incidents({ runId, definition, state, onSelect }: IncidentsProps): ReactElement | null {
  const [resolving, setResolving] = useState<IncidentState | null>(null);
  const open = Object.values(state.incidents).filter((incident) => !incident.resolved);
  if (open.length === 0) return null;
  return (
    <section
      aria-label="Incidents"
      className="shrink-0 divide-y divide-failed/20 border-b border-failed/30 bg-failed-tint"
    >
      {open.map((incident) => (
        <div key={incident.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2 md:px-6">
          <OctagonAlert size={16} aria-hidden="true" className="shrink-0 text-failed-text" />
          <div className="min-w-0 flex-1 basis-60">
            <p className="text-13 font-semibold text-failed-text">
              <button
                type="button"
                className="min-h-6 rounded-tag text-left hover:underline"
                onClick={() => {
                  onSelect(incident.instance);
                }}
              >
                {nameOf(definition, incident)} needs your decision
              </button>
            </p>
            <p className="text-12 [overflow-wrap:anywhere]">
              {incident.failure.message} <Time at={incident.openedAt} className="text-muted" />
            </p>
          </div>
          <Button
            variant="primary"
            size="compact"
            onClick={() => {
              setResolving(incident);
            }}
          >
            Resolve…
          </Button>
        </div>
      ))}
      {resolving !== null && (
        <ResolveDialog
          runId={runId}
          definition={definition}
          state={state}
          incident={resolving}
          name={nameOf(definition, resolving)}
          onClose={() => {
            setResolving(null);
          }}
        />
      )}
    </section>
  );
}

function nameOf(definition: SagaDefinition, incident: IncidentState): string {
  if (incident.instance === '') return 'The run';
  return incident.direction === 'undo'
    ? undoName(definition, incident.instance)
    : instanceName(definition, incident.instance);
}
