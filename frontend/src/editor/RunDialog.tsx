/** Starts a run of the published version with data of one's choice. */
import { isTrigger, nodesInOrder } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import type { Json } from '@sagawright/shared/kernel';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { Button, Dialog, Field, Select } from '../ui/index.js';
import { JsonField } from './JsonField.js';

export interface RunDialogProps {
  /** The published graph: that is what runs. */
  readonly graph: Graph;
  readonly version: number;
  readonly draftDiffers: boolean;
  readonly busy: boolean;
  readonly onRun: (trigger: string, data: Json) => void;
  readonly onClose: () => void;
}

export function RunDialog({ graph, version, draftDiffers, busy, onRun, onClose }: RunDialogProps): ReactElement {
  const triggers = nodesInOrder(graph).filter((node) => isTrigger(node.kind));
  const [trigger, setTrigger] = useState(triggers[0]?.id ?? '');
  const chosen = graph.nodes[trigger];
  const sample = chosen && isTrigger(chosen.kind) && 'sample' in chosen ? (chosen.sample ?? {}) : {};
  const [data, setData] = useState<Json | undefined>(sample);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Run version ${version}`}
      description={
        draftDiffers
          ? 'The draft has changes that are not published; the run takes the published version.'
          : 'A real run: its steps really take effect.'
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={busy}
            onClick={() => {
              onRun(trigger, data ?? {});
            }}
          >
            Run
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {triggers.length > 1 && (
          <Field label="Starts at">
            <Select
              value={trigger}
              options={triggers.map((each) => ({ value: each.id, label: each.name }))}
              onChange={setTrigger}
            />
          </Field>
        )}
        <JsonField key={trigger} label="Event data" value={data} onChange={setData} />
      </div>
    </Dialog>
  );
}
