/** Mends a problem where it is shown: one button, or a menu where there are several ways. */
import type { Diagnostic } from '@sagawright/shared/saga';
import { Wrench } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button, Menu } from '../../ui/index.js';
import { useEditorStore } from '../editor-store.js';
import { applyFix } from '../fixes.js';

export function FixButton({ problem }: { readonly problem: Diagnostic | undefined }): ReactElement | null {
  const store = useEditorStore();
  if (!problem) return null;
  const { fixes } = problem;
  const [first, ...more] = fixes;
  if (!first) return null;
  const icon = <Wrench size={12} aria-hidden="true" />;
  if (more.length === 0) {
    return (
      <Button
        size="compact"
        variant="ghost"
        title={first.label}
        aria-label={`Fix: ${first.label}`}
        onClick={() => {
          applyFix(store, first);
        }}
      >
        {icon} Fix
      </Button>
    );
  }
  return (
    <Menu
      trigger={
        <Button size="compact" variant="ghost" aria-label={`Ways to fix: ${problem.message}`}>
          {icon} Fix…
        </Button>
      }
      entries={fixes.map((fix, index) => ({
        id: String(index),
        label: fix.label,
        onSelect: () => {
          applyFix(store, fix);
        },
      }))}
    />
  );
}
