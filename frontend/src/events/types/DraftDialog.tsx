import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Json } from '@sagawright/shared/kernel';
import { LoadError } from '../../app/Page.js';
import { Button, Dialog, JsonView, Skeleton } from '../../ui/index.js';
import { counted } from '../count.js';
import { Part } from '../Part.js';
import { draftQuery } from './queries.js';

export interface DraftDialogProps {
  readonly type: string;
  readonly onClose: () => void;
  /** The draft is written on as a new version. */
  readonly onTake: (schema: Json) => void;
}

/** A schema drafted from the latest events, with how much of it was seen. */
export function DraftDialog({ type, onClose, onTake }: DraftDialogProps): ReactElement {
  const draft = useQuery(draftQuery(type));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="large"
      title="Draft from traffic"
      description="What the latest events of this type have in common. Nothing is published yet."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={draft.data === undefined}
            onClick={() => {
              if (draft.data !== undefined) onTake(draft.data.schema);
            }}
          >
            Write on with this draft
          </Button>
        </>
      }
    >
      {draft.isPending && <Skeleton className="h-40" />}
      {draft.isError && <LoadError error={draft.error} onRetry={() => void draft.refetch()} />}
      {draft.data !== undefined && (
        <div className="flex flex-col gap-4 pb-2">
          <Part title={`Seen in ${counted(draft.data.events, 'event')}`}>
            <div className="overflow-x-auto">
              <table className="w-full text-left text-13">
                <thead className="text-12 text-muted">
                  <tr>
                    <th className="py-1 pr-3 font-medium">Field</th>
                    <th className="py-1 pr-3 font-medium">Types</th>
                    <th className="py-1 font-medium">Seen</th>
                  </tr>
                </thead>
                <tbody>
                  {draft.data.fields.map(({ path, types, seen, of }) => (
                    <tr key={path} className="border-t border-border">
                      <td className="py-1 pr-3 font-mono text-12 [overflow-wrap:anywhere]">{path}</td>
                      <td className="py-1 pr-3">{types.join(', ')}</td>
                      <td className="py-1 whitespace-nowrap">
                        <meter
                          min={0}
                          max={Math.max(1, of)}
                          value={seen}
                          aria-label={`Seen in ${String(seen)} of ${String(of)}`}
                          className="mr-2 w-16 align-middle"
                        />
                        <span className="tabular text-12 text-muted">
                          {seen} of {of}
                        </span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </Part>
          {draft.data.leftOut.length > 0 && (
            <p className="text-12 text-muted [overflow-wrap:anywhere]">
              Left open, because there are too many, or their names look like data: {draft.data.leftOut.join(', ')}
            </p>
          )}
          <Part title="Draft">
            <JsonView value={draft.data.schema} label="Drafted schema" openLevels={3} />
          </Part>
        </div>
      )}
    </Dialog>
  );
}
