import type { ReactElement, ReactNode } from 'react';
import type { InstanceId, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { EmptyState, JsonView, StatusBadge, classNames, stepDisplayState } from '../ui/index.js';
import { instanceName } from './attempts.js';
import { FailureBox } from './FailureBox.js';

export interface DataViewProps {
  readonly definition: SagaDefinition;
  readonly state: RunState | null;
  readonly selected: InstanceId | null;
  readonly onSelect: (instance: InstanceId) => void;
}

/** Input, output and failure of every step that was reached, in the order of the flow (R22). */
export function DataView({ definition, state, selected, onSelect }: DataViewProps): ReactElement {
  if (state === null) return <EmptyState compact title="Nothing has happened yet" />;
  const rank = new Map(definition.order.map((step, index) => [step, index]));
  const instances = Object.values(state.instances).sort(
    (a, b) => (rank.get(a.step) ?? 0) - (rank.get(b.step) ?? 0) || a.readySeq - b.readySeq,
  );
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4" role="region" aria-label="Data" tabIndex={0}>
      <div className="mx-auto flex max-w-[1000px] flex-col gap-3">
        <Card
          title={definition.triggers[state.trigger]?.name ?? 'Trigger'}
          current={selected === state.trigger}
          onSelect={() => {
            onSelect(state.trigger);
          }}
        >
          <Half title="Event data">
            <JsonView value={state.event.data} path="trigger.data" label="Event data" />
          </Half>
        </Card>
        {instances.map((instance) => {
          const name = instanceName(definition, instance.id);
          const key = definition.steps[instance.step]?.key ?? '';
          return (
            <Card
              key={instance.id}
              title={name}
              badge={<StatusBadge step={stepDisplayState(instance, state.endedAt !== null)} />}
              current={selected === instance.id}
              onSelect={() => {
                onSelect(instance.id);
              }}
            >
              {instance.failure !== null && (
                <div className="basis-full">
                  <FailureBox failure={instance.failure} />
                </div>
              )}
              {instance.input !== null && (
                <Half title="Input">
                  <JsonView value={instance.input} label={`Input of ${name}`} openLevels={2} />
                </Half>
              )}
              {instance.output !== null && (
                <Half title="Output">
                  <JsonView
                    value={instance.output}
                    path={`steps.${key}.output`}
                    label={`Output of ${name}`}
                    openLevels={2}
                  />
                </Half>
              )}
              {instance.input === null && instance.output === null && instance.failure === null && (
                <p className="text-12 text-muted">No data.</p>
              )}
            </Card>
          );
        })}
        {state.output !== null && (
          <Card title="Output of the run" current={false} onSelect={null}>
            <Half title="Output">
              <JsonView value={state.output} label="Output of the run" />
            </Half>
          </Card>
        )}
      </div>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly badge?: ReactElement;
  readonly current: boolean;
  readonly onSelect: (() => void) | null;
  readonly children: ReactNode;
}

function Card({ title, badge, current, onSelect, children }: CardProps): ReactElement {
  return (
    <section
      className={classNames(
        'rounded-card border bg-surface',
        current ? 'border-accent outline outline-accent' : 'border-border',
      )}
    >
      <div className="flex min-h-9 items-center gap-2 border-b border-border px-3">
        <h2 className="min-w-0 flex-1 truncate text-13 font-semibold">
          {onSelect === null ? (
            title
          ) : (
            <button type="button" className="min-h-6 rounded-tag text-left hover:underline" onClick={onSelect}>
              {title}
            </button>
          )}
        </h2>
        {badge}
      </div>
      <div className="flex flex-wrap gap-3 p-3">{children}</div>
    </section>
  );
}

function Half({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="min-w-0 flex-1 basis-72">
      <h3 className="mb-1 text-12 text-muted">{title}</h3>
      {children}
    </div>
  );
}
