import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import type { SchemaReport } from '@sagawright/shared/contracts';
import { Glyph } from '../../ui/index.js';
import { counted } from '../count.js';

/** What the new schema does to what a workflow reads. */
const CHANGES: Record<SchemaReport['readers'][number]['change'], string> = {
  removed: 'removes',
  'not-named': 'does not name',
  optional: 'makes optional',
  type: 'gives another type',
};

const DIRECTIONS = { backward: 'Events of version', forward: 'Readers of version' } as const;

/** What the check found: all that speaks against a version, by where it comes from. */
export function Report({ report }: { readonly report: SchemaReport }): ReactElement {
  const { publishable, invalid, incompatibilities, readers, samples } = report;
  if (invalid !== null) {
    return (
      <Finding title={`The ${invalid.field} cannot be used`} good={false}>
        <li>
          {invalid.path !== '' && <Path>{invalid.path}</Path>} {invalid.message}
        </li>
      </Finding>
    );
  }
  return (
    <section aria-label="What the check found" className="flex flex-col gap-3">
      <p className="text-13 font-semibold">
        {publishable ? 'Nothing speaks against publishing it.' : 'This speaks against publishing it:'}
      </p>
      <Finding
        good={incompatibilities.length === 0}
        title={
          incompatibilities.length === 0
            ? 'It goes together with earlier versions as the rules say'
            : counted(incompatibilities.length, 'break with earlier versions', 'breaks with earlier versions')
        }
      >
        {[...new Map(incompatibilities.map((each) => [JSON.stringify(each), each])).values()].map(
          ({ version, direction, path, message }, index) => (
            <li key={index}>
              {DIRECTIONS[direction]} {version}: <Path>{path === '' ? '(root)' : path}</Path> {message}
            </li>
          ),
        )}
      </Finding>
      <Finding
        good={readers.length === 0}
        title={
          readers.length === 0
            ? 'Every live workflow finds what it reads'
            : counted(readers.length, 'place that live workflows read', 'places that live workflows read')
        }
      >
        {readers.map(({ workflowId, workflowName, stepName, path, change }, index) => (
          <li key={index}>
            <Link to="/workflows/$workflowId" params={{ workflowId }} className="text-accent hover:underline">
              {workflowName}
            </Link>
            , {stepName} reads <Path>{path === '' ? 'the data as a whole' : path}</Path>, which the new schema{' '}
            {CHANGES[change]}
          </li>
        ))}
      </Finding>
      <Finding
        good={samples.failed.length === 0}
        title={
          samples.looked === 0
            ? 'No event has come to try it on'
            : samples.failed.length === 0
              ? `The latest ${counted(samples.looked, 'event fits', 'events fit')}`
              : `${String(samples.failed.length)} of the latest ${counted(samples.looked, 'event')} would not fit`
        }
      >
        {samples.failed.map(({ position, message, problems }) => (
          <li key={position}>
            <Link to="/events" search={{ event: position }} className="text-accent hover:underline">
              Event {position}
            </Link>
            {problems.length === 0 && `: ${message}`}
            {problems.map((problem, index) => (
              <span key={index} className="block pl-3">
                <Path>{problem.path === '' ? '(root)' : problem.path}</Path> {problem.message}
              </span>
            ))}
          </li>
        ))}
      </Finding>
    </section>
  );
}

interface FindingProps {
  readonly title: string;
  readonly good: boolean;
  readonly children?: ReactNode;
}

function Finding({ title, good, children }: FindingProps): ReactElement {
  return (
    <div className="rounded-card border border-border p-3 text-13">
      <p className="flex items-start gap-2 font-medium">
        <span className="mt-0.5 shrink-0">
          <Glyph name={good ? 'done' : 'failed'} tone={good ? 'done' : 'failed'} size={14} />
        </span>
        {title}
      </p>
      {!good && <ul className="mt-2 flex flex-col gap-1 pl-6 [overflow-wrap:anywhere]">{children}</ul>}
    </div>
  );
}

function Path({ children }: { readonly children: string }): ReactElement {
  return <code className="font-mono text-12 font-semibold">{children}</code>;
}
