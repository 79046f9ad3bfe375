import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { ReplayGroup } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { LoadError } from '../../app/Page.js';
import { Badge, Button, Skeleton, Time } from '../../ui/index.js';
import { Fact, Facts } from '../Fact.js';
import { replayKeys, replayQuery } from './queries.js';
import { Progress } from './ReplaysPage.js';
import { differenceWords, foundBy, shown, STATUS, targetsOf } from './words.js';

type Change = 'pauseReplay' | 'resumeReplay' | 'cancelReplay';

/** One replay: how far it is, and what is decided otherwise. */
export function ReplayPanel({ id }: { readonly id: string }): ReactElement {
  const replay = useQuery(replayQuery(id));
  const change = useAction<Change>({
    run: (what) => client[what]({ params: { id } }),
    invalidates: [replayKeys.all],
  });
  if (replay.isPending) return <Skeleton className="m-4 h-32" />;
  if (replay.isError) return <LoadError error={replay.error} onRetry={() => void replay.refetch()} />;
  const { data } = replay;
  const { word, tone } = STATUS[data.status];
  const { types, source, subject, content } = data.filter;
  const live = data.status === 'running' || data.status === 'paused';
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 flex-1 basis-full text-14 font-semibold [overflow-wrap:anywhere]">
          {data.mode === 'dry-run' ? 'Dry run of' : 'Replay to'} {targetsOf(data)}
        </h2>
        <Badge tone={tone}>{word}</Badge>
        {live && <Progress replay={data} />}
        <span className="flex-1" />
        {data.status === 'running' && (
          <Button size="compact" busy={change.isPending} onClick={() => change.mutate('pauseReplay')}>
            Pause
          </Button>
        )}
        {data.status === 'paused' && (
          <Button size="compact" busy={change.isPending} onClick={() => change.mutate('resumeReplay')}>
            Resume
          </Button>
        )}
        {live && (
          <Button size="compact" busy={change.isPending} onClick={() => change.mutate('cancelReplay')}>
            Cancel
          </Button>
        )}
      </div>
      {data.failure !== null && (
        <p role="alert" className="rounded-input bg-failed-tint px-3 py-2 text-13 text-failed-text">
          {data.failure.message}
        </p>
      )}
      <Facts>
        <Fact name="Found">{foundBy(data)}</Fact>
        <Fact name="Events">{live ? `${String(data.seen)} of about ${String(data.total)}` : data.seen}</Fact>
        <Fact name="Recorded">
          <Time at={data.from} /> to <Time at={data.to} />
        </Fact>
        {types !== undefined && <Fact name="Types">{types.join(', ')}</Fact>}
        {source !== undefined && <Fact name="Source">{source}</Fact>}
        {subject !== undefined && <Fact name="Subject">{subject}</Fact>}
        {content !== undefined && (
          <Fact name="Content">
            <code className="font-mono text-12">{typeof content === 'string' ? content : JSON.stringify(content)}</code>
          </Fact>
        )}
        {data.mode === 'live' && data.started > 0 && (
          <Fact name="Runs">
            <span className="flex flex-wrap gap-x-3">
              {data.workflows.map(({ workflowId, workflowName }) => (
                <Link
                  key={workflowId}
                  to="/runs"
                  search={{ workflow: workflowId }}
                  className="text-accent hover:underline"
                >
                  Runs of {workflowName ?? 'the workflow'}
                </Link>
              ))}
            </span>
            <span className="block text-12 text-muted">Those of a replay are marked “Replayed” on their page.</span>
          </Fact>
        )}
        <Fact name="Rate">at most {data.rate} a second</Fact>
        <Fact name="Asked by">{data.createdBy.name}</Fact>
        {data.note !== '' && <Fact name="Note">{data.note}</Fact>}
      </Facts>
      {data.mode === 'dry-run' && (
        <section aria-label="What is decided otherwise" className="flex flex-col gap-3">
          <h3 className="text-13 font-semibold">Decided otherwise</h3>
          {data.groups.length === 0 && (
            <p className="text-13 text-muted">
              {data.status === 'done'
                ? 'Nothing: every run would be decided as it was.'
                : 'Nothing so far. What differs appears here, alike runs together.'}
            </p>
          )}
          {data.groups.map((group) => (
            <Group key={`${group.workflowId} ${group.signature}`} group={group} />
          ))}
        </section>
      )}
    </div>
  );
}

function Group({ group }: { readonly group: ReplayGroup }): ReactElement {
  const examples = group.examples.filter(({ runId }) => runId !== null).slice(0, 8);
  return (
    <article className="rounded-card border border-border p-3">
      <p className="mb-2 text-12 text-muted">{group.count === 1 ? 'One run' : `${String(group.count)} runs`}</p>
      <ul className="flex flex-col gap-2">
        {group.differences.map((difference, index) => (
          <li key={index} className="text-13">
            {differenceWords(difference)}
            {difference.what === 'input' && <Values then={difference.then} now={difference.now} />}
          </li>
        ))}
      </ul>
      {examples.length > 0 && (
        <p className="mt-2 flex flex-wrap gap-x-2 gap-y-1 text-12 text-muted">
          {examples.length < group.count ? 'Some of them:' : examples.length === 1 ? 'Run:' : 'Runs:'}
          {examples.map(({ runId }) => (
            <Link
              key={runId}
              to="/runs/$runId"
              params={{ runId: runId ?? '' }}
              className="font-mono text-accent hover:underline"
            >
              {runId?.slice(-8)}
            </Link>
          ))}
        </p>
      )}
    </article>
  );
}

function Values({ then, now }: Pick<ReplayGroup['differences'][number], 'then' | 'now'>): ReactElement {
  const paths = Object.keys((now ?? {}) as object);
  const at = (value: typeof then, path: string): string => shown((value as Record<string, typeof then>)[path] ?? null);
  return (
    <ul className="mt-1 flex flex-col gap-0.5 font-mono text-12">
      {paths.map((path) => (
        <li key={path} className="[overflow-wrap:anywhere]">
          <span className="text-muted">{path === '' ? 'input' : path}:</span>{' '}
          <del className="text-failed-text">{at(then, path)}</del>{' '}
          <ins className="text-done-text no-underline">{at(now, path)}</ins>
        </li>
      ))}
    </ul>
  );
}
