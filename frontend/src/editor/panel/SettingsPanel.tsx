/** What holds for the workflow as a whole: its variables, the deadline of its runs, and how many of them go on at a time. */
import { X } from 'lucide-react';
import { useRef } from 'react';
import type { ReactElement } from 'react';
import { IconButton } from '../../ui/index.js';
import { SETTINGS_FIELDS } from './field-shape.js';
import { SchemaField } from './SchemaField.js';
import { PanelFormContext, useSettingsForm } from './step-form.js';
import { useJump, WholeProblems } from './StepPanel.js';

export interface SettingsPanelProps {
  readonly workflowId: string;
  /** Left out in a sheet, which has a title and a way to close of its own. */
  readonly onClose?: (() => void) | undefined;
}

/** The direction of the drawing is turned in the bar, where it is seen. */
const FIELDS = SETTINGS_FIELDS.filter(({ name }) => name !== 'direction');

export function SettingsPanel({ workflowId, onClose }: SettingsPanelProps): ReactElement {
  const form = useSettingsForm(workflowId);
  const body = useRef<HTMLDivElement>(null);
  useJump(body);
  return (
    <PanelFormContext value={form}>
      <aside aria-label="Workflow settings" className="step-panel">
        {onClose && (
          <header className="flex items-center gap-3 border-b border-border px-4 py-3">
            <h2 className="min-w-0 flex-1 truncate text-14 font-semibold">Workflow settings</h2>
            <IconButton label="Close" shortcut="Esc" onClick={onClose}>
              <X size={15} aria-hidden="true" />
            </IconButton>
          </header>
        )}
        <div ref={body} className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-4">
          <WholeProblems form={form} />
          {FIELDS.map((field) => (
            <SchemaField key={field.name} field={field} path={[field.name]} />
          ))}
          <p className="text-12 text-muted">They hold for the runs of the version that is published next.</p>
        </div>
      </aside>
    </PanelFormContext>
  );
}
