/** What is about to go live (E48): the changes since the last version, what stands in the way, a note. */
import { differences } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { Button, Dialog, Field, Textarea } from '../ui/index.js';
import { useEditor } from './editor-store.js';
import { ProofVerdict } from './proof/ProofVerdict.js';
import { useProof } from './proof/use-proof.js';

export interface PublishDialogProps {
  readonly publishedGraph: Graph | null;
  readonly nextVersion: number;
  readonly busy: boolean;
  readonly onPublish: (note: string) => void;
  /** Opens the whole proof in the place of this dialog. */
  readonly onProof: () => void;
  readonly onClose: () => void;
}

const MARKS = { added: '+', removed: '–', changed: '~' } as const;
const TONES = { added: 'text-done-text', removed: 'text-failed-text', changed: 'text-waiting-text' } as const;

export function PublishDialog({
  publishedGraph,
  nextVersion,
  busy,
  onPublish,
  onProof,
  onClose,
}: PublishDialogProps): ReactElement {
  const graph = useEditor((state) => state.graph);
  const diagnostics = useEditor((state) => state.diagnostics);
  const proof = useProof();
  const [note, setNote] = useState('');
  const changes = publishedGraph ? differences(publishedGraph, graph) : [];
  const errors = diagnostics.filter((each) => each.level === 'error');
  const warnings = diagnostics.filter((each) => each.level === 'warning');
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Publish version ${nextVersion}`}
      description="New events start runs of this version. Runs that are under way stay on theirs; webhook URLs stay the same."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={busy}
            disabled={errors.length > 0}
            onClick={() => {
              onPublish(note);
            }}
          >
            Publish
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {errors.length > 0 && (
          <div className="problem-box">
            <p className="font-medium">
              {errors.length === 1 ? 'One error stands in the way' : `${errors.length} errors stand in the way`}
            </p>
            <ul className="mt-1 list-disc pl-4">
              {errors.slice(0, 6).map((each) => (
                <li key={each.message}>{each.message}</li>
              ))}
            </ul>
          </div>
        )}
        {warnings.length > 0 && (
          <p className="problem-box problem-box-warning">
            {warnings.length === 1
              ? '1 warning; it does not stop you.'
              : `${warnings.length} warnings; they do not stop you.`}
          </p>
        )}
        {errors.length === 0 && (
          <div className="flex flex-wrap items-center gap-2">
            <div className="min-w-0 flex-1 basis-72">
              <ProofVerdict view={proof} />
            </div>
            {proof.kind === 'proved' && <Button onClick={onProof}>Show each</Button>}
          </div>
        )}
        {publishedGraph === null ? (
          <p className="text-13 text-muted">The first version, with {graph.order.length} steps.</p>
        ) : (
          <ul aria-label="Changes" className="max-h-52 overflow-y-auto rounded-card border border-border py-1 text-13">
            {changes.length === 0 && (
              <li className="px-3 py-1 text-muted">Nothing but places on the canvas has changed.</li>
            )}
            {changes.map((each) => (
              <li key={`${each.kind} ${each.text}`} className="flex gap-2 px-3 py-0.5">
                <b aria-hidden="true" className={`w-3 text-center ${TONES[each.kind]}`}>
                  {MARKS[each.kind]}
                </b>
                <span className="sr-only">{each.kind}: </span>
                {each.text}
              </li>
            ))}
          </ul>
        )}
        <Field label="Note" help="What is new, for those who read the list of versions.">
          <Textarea
            rows={2}
            maxLength={500}
            value={note}
            onChange={(event) => {
              setNote(event.target.value);
            }}
          />
        </Field>
      </div>
    </Dialog>
  );
}
