import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { EventTypeView } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { LoadError } from '../../app/Page.js';
import { Badge, Button, CodeBlock, JsonView, Select, Skeleton, Time } from '../../ui/index.js';
import { Part } from '../Part.js';
import { DraftDialog } from './DraftDialog.js';
import { typeQuery } from './queries.js';
import { RulesForm } from './RulesForm.js';
import { VersionDialog } from './VersionDialog.js';

/** What a first version is written over. */
const BLANK: Json = { type: 'object', properties: {}, required: [] };

/** One type of event: its rules, and the versions of its schema. */
export function TypePanel({ type }: { readonly type: string }): ReactElement {
  const asked = useQuery(typeQuery(type));
  const [drafting, setDrafting] = useState(false);
  const [writing, setWriting] = useState<Json | null>(null);
  if (asked.isPending) return <Skeleton className="m-4 h-32" />;
  if (asked.isError) return <LoadError error={asked.error} onRetry={() => void asked.refetch()} />;
  const { data } = asked;
  return (
    <div className="flex flex-col gap-5 p-4">
      <div className="flex flex-col gap-0.5">
        <h2 className="text-14 font-semibold [overflow-wrap:anywhere]">{data.type}</h2>
        <p className="flex flex-wrap gap-x-4 text-12">
          <Link to="/events" search={{ type }} className="text-accent hover:underline">
            Its events
          </Link>
          <Link to="/events/dead-letters" search={{ type }} className="text-accent hover:underline">
            Its dead letters
          </Link>
        </p>
      </div>
      <Part title="Rules">
        <RulesForm key={data.updatedAt} subject={data} />
      </Part>
      <Part
        title="Versions"
        actions={
          <div className="flex flex-wrap gap-2">
            <Button
              size="compact"
              onClick={() => {
                setDrafting(true);
              }}
            >
              Draft from traffic…
            </Button>
            <Button
              size="compact"
              onClick={() => {
                setWriting(data.versions.at(-1)?.schema ?? BLANK);
              }}
            >
              New version…
            </Button>
          </div>
        }
      >
        {data.versions.length === 0 ? (
          <p className="text-13 text-muted">
            None yet, so that no event is checked. Draft one from the events that came, or write it.
          </p>
        ) : (
          <Versions key={data.latest} versions={data.versions} />
        )}
      </Part>
      {drafting && (
        <DraftDialog
          type={type}
          onClose={() => {
            setDrafting(false);
          }}
          onTake={(schema) => {
            setDrafting(false);
            setWriting(schema);
          }}
        />
      )}
      {writing !== null && (
        <VersionDialog
          type={type}
          number={data.latest + 1}
          start={writing}
          onClose={() => {
            setWriting(null);
          }}
        />
      )}
    </div>
  );
}

/** One version at a time, the newest first. */
function Versions({ versions }: Pick<EventTypeView, 'versions'>): ReactElement | null {
  const [chosen, setChosen] = useState(String(versions.at(-1)?.version ?? 0));
  const found = versions.find(({ version }) => String(version) === chosen);
  if (found === undefined) return null;
  const options = versions.toReversed().map(({ version }) => {
    const value = String(version);
    return { value, label: `Version ${value}` };
  });
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Select compact className="w-32" label="Version" value={chosen} options={options} onChange={setChosen} />
        {found.forced && <Badge tone="waiting">Forced</Badge>}
      </div>
      <p className="text-12 text-muted [overflow-wrap:anywhere]">
        Published by {found.publishedBy}, <Time at={found.publishedAt} />
        {found.note !== '' && `: ${found.note}`}
      </p>
      <JsonView key={chosen} value={found.schema} label={`Schema of version ${chosen}`} openLevels={3} />
      {found.upcast !== null && (
        <>
          <p className="text-12 text-muted">From the version before to this one:</p>
          <CodeBlock code={found.upcast} label="upcast" wrap />
        </>
      )}
      {found.downcast !== null && (
        <>
          <p className="text-12 text-muted">From this one back to the version before:</p>
          <CodeBlock code={found.downcast} label="downcast" wrap />
        </>
      )}
    </div>
  );
}
